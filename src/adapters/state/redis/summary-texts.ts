import type { CallSummary } from '../../../domain/call/call-summary.js';
import type { CallId } from '../../../domain/shared/ids.js';
import { decodeSummary } from './history-codec.js';

/** About 3 kB each with what was made of it. */
const TEXTS_MAX = 2000;

interface Known {
  /** As Redis had it. */
  readonly text: string;
  readonly call: CallSummary;
}

/**
 * The summaries read last: pages are asked for again and again, and most calls have not changed since. They hold numbers, so they are
 * known by tenant and call, and what is erased is forgotten here too. `tenantPart`: has no colon.
 */
export class SummaryTexts {
  private readonly known = new Map<string, Known>();

  /** Null: what is stored is no summary. */
  decode(tenantPart: string, callId: CallId, text: string): CallSummary | null {
    const key = keyOf(tenantPart, callId);
    const known = this.known.get(key);
    const call = known?.text === text ? known.call : decodeSummary(text);
    this.known.delete(key);
    if (call === null) return null;
    this.known.set(key, { text, call });
    for (const [oldest] of this.known) {
      if (this.known.size <= TEXTS_MAX) break;
      this.known.delete(oldest);
    }
    return call;
  }

  forget(tenantPart: string, callId: CallId): void {
    this.known.delete(keyOf(tenantPart, callId));
  }

  /** Of this tenant, those that are so. */
  forgetWhere(tenantPart: string, isSo: (call: CallSummary) => boolean): void {
    for (const [key, { call }] of this.known) if (key.startsWith(`${tenantPart}:`) && isSo(call)) this.known.delete(key);
  }
}

function keyOf(tenantPart: string, callId: CallId): string {
  return `${tenantPart}:${callId}`;
}
