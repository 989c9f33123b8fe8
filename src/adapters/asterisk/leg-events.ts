import type { Cancel } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import type { LegEvent } from '../../application/ports/telephony.js';

/** Events before the first listener: a ringing call has a handful. Beyond it the oldest go, so that `ended` is never lost. */
const UNHEARD_MAX = 256;

/** What happened on a leg, to all who listen; the first listener gets what it missed. */
export class LegEvents {
  private readonly listeners = new Set<(event: LegEvent) => void>();
  private unheard: LegEvent[] | undefined = [];
  private hasEnded = false;

  constructor(private readonly logger: Logger) {}

  onEvent(listener: (event: LegEvent) => void): Cancel {
    this.listeners.add(listener);
    const missed = this.unheard ?? [];
    this.unheard = undefined;
    for (const event of missed) this.deliver(listener, event);
    return () => { this.listeners.delete(listener); };
  }

  /** Nothing follows `ended`. */
  emit(event: LegEvent): void {
    if (this.hasEnded) return;
    this.hasEnded = event.type === 'ended';
    this.unheard?.push(event);
    if (this.unheard && this.unheard.length > UNHEARD_MAX) this.unheard.shift();
    for (const listener of [...this.listeners]) this.deliver(listener, event);
  }

  private deliver(listener: (event: LegEvent) => void, event: LegEvent): void {
    try {
      listener(event);
    } catch (error) {
      this.logger.error('a listener of leg events failed', { type: event.type }, error); // the other listeners must still hear it
    }
  }
}
