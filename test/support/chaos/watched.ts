const LOOK_MS = 20;

/** Whether it came true within the limit. Looks every 20 ms. */
export async function within(limitMs: number, holds: () => boolean | Promise<boolean>): Promise<boolean> {
  const end = performance.now() + limitMs;
  for (;;) {
    if (await holds()) return true;
    if (performance.now() > end) return false;
    await passed(LOOK_MS);
  }
}

export function passed(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

/** Looks again and again until it is stopped; a look that fails is kept as null. */
export class Watch<Sample> {
  readonly samples: { readonly atMs: number; readonly value: Sample | null }[] = [];
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(look: () => Promise<Sample>, everyMs: number) {
    this.running = this.run(look, everyMs);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async run(look: () => Promise<Sample>, everyMs: number): Promise<void> {
    while (!this.stopped) {
      const atMs = performance.now();
      this.samples.push({ atMs, value: await look().catch(() => null) });
      await passed(everyMs);
    }
  }
}
