import type { CallSummary } from '../../../domain/call/call-summary.js';
import { decodeSummary } from './history-codec.js';

/** About 3 kB each with what was made of it. */
const TEXTS_MAX = 2000;

/** The summaries read last, by what Redis had of them: pages are asked for again and again, and most calls have not changed since. */
export class SummaryTexts {
  private readonly known = new Map<string, CallSummary>();

  /** Null: what is stored is no summary. */
  decode(text: string): CallSummary | null {
    const call = this.known.get(text) ?? decodeSummary(text);
    if (call === null) return null;
    this.known.delete(text);
    this.known.set(text, call);
    for (const [oldest] of this.known) {
      if (this.known.size <= TEXTS_MAX) break;
      this.known.delete(oldest);
    }
    return call;
  }
}
