/** Most audio in one event: half a second at 16 kHz. Amazon asks for pieces of 50 to 200 ms; more comes at once only after a pause of the line. */
const EVENT_BYTES_MAX = 16_000;
/** Audio nobody takes past which the other side counts as gone: half a minute at 16 kHz. */
const UNSENT_BYTES_MAX = 1024 * 1024;

/** Audio on its way into a request: pushed as it comes, pulled as the network takes it, what waits in one piece. */
export class AudioFeed {
  private readonly waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private wasEnded = false;
  private wake: () => void = () => undefined;

  get ended(): boolean {
    return this.wasEnded;
  }

  /** False: too much waits already. */
  push(bytes: Uint8Array): boolean {
    if (this.wasEnded) return true;
    for (let at = 0; at < bytes.length; at += EVENT_BYTES_MAX) this.waiting.push(bytes.subarray(at, at + EVENT_BYTES_MAX));
    this.waitingBytes += bytes.length;
    this.wake();
    return this.waitingBytes <= UNSENT_BYTES_MAX;
  }

  /** What waits is still pulled. */
  end(): void {
    this.wasEnded = true;
    this.wake();
  }

  /** Nobody needs it any more. */
  drop(): void {
    this.waiting.length = 0;
    this.waitingBytes = 0;
    this.end();
  }

  async *pull(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      if (this.waiting.length > 0) yield this.next();
      else if (this.wasEnded) return;
      else await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }

  private next(): Uint8Array {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for (let part = this.waiting[0]; part !== undefined && bytes + part.length <= EVENT_BYTES_MAX; part = this.waiting[0]) {
      this.waiting.shift();
      parts.push(part);
      bytes += part.length;
    }
    this.waitingBytes -= bytes;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }
}
