import type { CallOutcome } from '../../domain/simulation/call-outcome.js';
import { type GatewayEvent, type GatewayView, isComplete, NOTHING_SEEN, seeEvent } from '../../domain/simulation/gateway-view.js';
import { reportTurns } from '../../domain/simulation/report-call.js';
import type { CallScript } from '../../domain/simulation/script.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { GatewayEvents } from '../ports/gateway-events.js';
import type { SimulationWatcher } from '../ports/simulation-watcher.js';

export interface CallObserverParts {
  readonly script: CallScript;
  readonly name: string;
  readonly clock: Clock;
  readonly watcher: SimulationWatcher;
  /** Null: nobody tells what the gateway thinks. */
  readonly events: GatewayEvents | null;
  readonly correlationId: string;
  readonly onEvent: (event: GatewayEvent) => void;
}

/** What the gateway tells about the call, and the transcript made of it while the call goes on. */
export class CallObserver {
  /** Null when the gateway's events are not followed. */
  view: GatewayView | null;
  private readonly cancelFollow: Cancel;
  private readonly told = new Set<string>();
  private onComplete: () => void = () => undefined;

  constructor(private readonly parts: CallObserverParts) {
    this.view = parts.events === null ? null : NOTHING_SEEN;
    this.cancelFollow = parts.events?.follow(parts.correlationId, (event) => { this.see(event); }) ?? ((): void => undefined);
  }

  /** Tells the watcher the turns that are settled: a line of the caller once it was understood, or once something followed it. */
  tell(outcome: CallOutcome, final: boolean): void {
    const { script, name, watcher } = this.parts;
    const turns = reportTurns(script, outcome, this.view).filter(({ speaker, text }) => final || this.view === null || speaker === 'caller' || text !== '');
    const settled = final || this.view === null ? turns.length : turns.findLastIndex(({ speaker, heard }) => speaker === 'agent' || heard !== null) + 1;
    for (const turn of turns.slice(0, settled)) {
      const key = `${turn.speaker} ${turn.atMs}`;
      if (this.told.has(key)) continue;
      this.told.add(key);
      watcher.watch({ type: 'turn', name, turn });
    }
  }

  /** Resolves when the gateway has told the end of the call, or after `limitMs`: its log is written behind the call. */
  untilComplete(limitMs: number): Promise<void> {
    if (this.view === null || isComplete(this.view)) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.parts.clock.after(limitMs, resolve);
      this.onComplete = () => {
        cancel();
        resolve();
      };
    });
  }

  close(): void {
    this.cancelFollow();
  }

  private see(event: GatewayEvent): void {
    this.view = seeEvent(this.view ?? NOTHING_SEEN, event);
    this.parts.onEvent(event);
    if (isComplete(this.view)) this.onComplete();
  }
}
