import { orAborted } from './or-aborted.js';

export interface TurnsOptions {
  /** Works under way at one time, over all names. */
  readonly atOnceMax: number;
}

interface Waiter {
  readonly name: string;
  begin: () => void;
}

/** Work that is done one after the other for each name, and not too much of it at one time. Who waits does so in order, as long as its signal lets it. */
export class Turns {
  private underWay = 0;
  private readonly busy = new Set<string>();
  private readonly waiting = new Set<Waiter>();

  constructor(private readonly options: TurnsOptions) {}

  /** Rejects with the signal's reason when it aborts before it is the turn of this work, which is then never done. */
  async take<Result>(name: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.turnOf(name, signal);
    try {
      return await work();
    } finally {
      this.giveBack(name);
    }
  }

  private async turnOf(name: string, signal: AbortSignal): Promise<void> {
    const waiter: Waiter = { name, begin: () => undefined };
    const turn = new Promise<void>((resolve) => { waiter.begin = resolve; });
    this.waiting.add(waiter);
    this.callNext();
    try {
      await orAborted(turn, signal);
    } catch (error) {
      if (!this.waiting.delete(waiter)) this.giveBack(name); // called, and gone in the same moment
      throw error;
    }
  }

  private giveBack(name: string): void {
    this.busy.delete(name);
    this.underWay -= 1;
    this.callNext();
  }

  private callNext(): void {
    for (const waiter of this.waiting) {
      if (this.underWay >= this.options.atOnceMax) return;
      if (this.busy.has(waiter.name)) continue;
      this.waiting.delete(waiter);
      this.busy.add(waiter.name);
      this.underWay += 1;
      waiter.begin();
    }
  }
}
