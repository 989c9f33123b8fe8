import type { LineSpool } from '../../../src/adapters/state/refuge/waiting-events.js';

/** A disk that a test can look at, fill up, and give to the next process. */
export class MemoryLineSpool implements LineSpool {
  readonly lines: string[] = [];
  full = false;
  unreadable = false;

  get pending(): number {
    return this.lines.length;
  }

  async append(lines: readonly string[]): Promise<void> {
    await Promise.resolve();
    if (this.full) throw new Error('no space left on the device');
    this.lines.push(...lines);
  }

  async read(linesMax: number): Promise<readonly string[]> {
    await Promise.resolve();
    if (this.unreadable) throw new Error('input/output error');
    return this.lines.slice(0, linesMax);
  }

  async acknowledge(count: number): Promise<void> {
    await Promise.resolve();
    this.lines.splice(0, count);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
