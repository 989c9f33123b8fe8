import type { Cancel, Clock } from '../../application/ports/clock.js';

/** Two at once, then one per so long: in no minute more than ten. */
const BURST = 2;
const REFILL_MS = 7500;

/** One fetch at a time, shared by all who wait for it, and not more in a minute than an issuer can be asked to bear. */
export class FetchLine {
  /** The one under way. */
  running: Promise<void> | null = null;
  private coming: Promise<void> | null = null;
  private allowed = BURST;
  private countedAtMs: number;
  private wake: Cancel = () => undefined;
  private closed = false;

  /** `fetch` never rejects. */
  constructor(private readonly clock: Clock, private readonly fetch: () => Promise<void>) {
    this.countedAtMs = clock.nowMs();
  }

  /** Resolves when a fetch is done that began after this was asked for. After `close` at once, without one. */
  next(): Promise<void> {
    this.coming ??= this.begin();
    return this.coming;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wake();
    await Promise.all([this.running, this.coming]);
  }

  private async begin(): Promise<void> {
    await this.running;
    await this.untilAllowed();
    this.coming = null;
    if (this.closed) return;
    this.running = this.fetch();
    await this.running;
    this.running = null;
  }

  private async untilAllowed(): Promise<void> {
    const now = this.clock.nowMs();
    const refills = Math.floor((now - this.countedAtMs) / REFILL_MS);
    this.allowed = Math.min(BURST, this.allowed + refills);
    this.countedAtMs = this.allowed === BURST ? now : this.countedAtMs + refills * REFILL_MS;
    if (this.allowed === 0 && !this.closed) {
      await new Promise<void>((resolve) => {
        const cancel = this.clock.after(this.countedAtMs + REFILL_MS - now, resolve);
        this.wake = () => { cancel(); resolve(); };
      });
      this.countedAtMs += REFILL_MS;
      return; // the one that came is used
    }
    this.allowed -= 1;
  }
}
