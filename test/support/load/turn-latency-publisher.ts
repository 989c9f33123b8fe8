import type { EventPublisher } from '../../../src/application/ports/event-publisher.js';
import type { DomainEvent } from '../../../src/domain/shared/domain-event.js';
import type { TurnLatency } from '../../../src/domain/conversation/conversation-events.js';
import { Histogram, type Distribution } from './histogram.js';

export type TurnStage = keyof TurnLatency;

export interface EventFigures {
  /** How often each type was published while measuring. */
  readonly counts: Readonly<Record<string, number>>;
  /** Reasons of calls that ended while measuring. */
  readonly endings: Readonly<Record<string, number>>;
  readonly turnLatencyMs: Readonly<Partial<Record<TurnStage, Distribution>>>;
}

const LIMIT_MS = 10_000;

/** Passes events on, and keeps of them what a load report tells. */
export class TurnLatencyPublisher implements EventPublisher {
  private measuring = false;
  private readonly counts = new Map<string, number>();
  private readonly endings = new Map<string, number>();
  private readonly stages = new Map<TurnStage, Histogram>();

  constructor(private readonly next: EventPublisher) {}

  /** Everything from now on, and nothing from before. */
  begin(): void {
    for (const figures of [this.counts, this.endings, this.stages]) figures.clear();
    this.measuring = true;
  }

  end(): EventFigures {
    this.measuring = false;
    return this.figures();
  }

  publish(event: DomainEvent): void {
    this.next.publish(event);
    if (this.measuring) this.note(event.body);
  }

  flush(signal: AbortSignal): Promise<void> {
    return this.next.flush(signal);
  }

  close(): Promise<void> {
    return this.next.close();
  }

  private figures(): EventFigures {
    return {
      counts: Object.fromEntries(this.counts), endings: Object.fromEntries(this.endings),
      turnLatencyMs: Object.fromEntries([...this.stages].map(([stage, histogram]) => [stage, histogram.summary()])),
    };
  }

  private note(body: DomainEvent['body']): void {
    count(this.counts, body.type);
    if (body.type === 'call.ended') count(this.endings, body.reason);
    if (body.type === 'turn.completed' && body.latency !== null) this.noteLatency(body.latency);
  }

  private noteLatency(latency: TurnLatency): void {
    for (const [stage, ms] of Object.entries(latency) as [TurnStage, number | null][]) {
      if (ms === null) continue;
      const histogram = this.stages.get(stage) ?? new Histogram(1, LIMIT_MS);
      this.stages.set(stage, histogram);
      histogram.record(ms);
    }
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
