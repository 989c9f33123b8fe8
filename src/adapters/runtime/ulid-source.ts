import { randomBytes } from 'node:crypto';
import type { IdSource } from '../../application/ports/id-source.js';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;
const DIGIT_MAX = CROCKFORD.length - 1;

export interface UlidSourceOptions {
  /** Wall time, milliseconds since 1970. */
  readonly wallMs?: () => number;
}

/**
 * ULIDs (48 bits of time, 80 of chance) that never step back: within one millisecond, or when the wall clock does, the last
 * one is counted up, as the ULID specification's monotonic factory does.
 */
export class UlidSource implements IdSource {
  private readonly wallMs: () => number;
  private lastMs = -1;
  private readonly random = new Uint8Array(RANDOM_DIGITS);

  constructor(options: UlidSourceOptions = {}) {
    this.wallMs = options.wallMs ?? Date.now;
  }

  next(): string {
    const nowMs = Math.floor(this.wallMs());
    if (nowMs > this.lastMs) {
      this.lastMs = nowMs;
      const bytes = randomBytes(RANDOM_DIGITS);
      for (let index = 0; index < RANDOM_DIGITS; index += 1) this.random[index] = (bytes[index] ?? 0) & DIGIT_MAX;
    } else this.countUp();
    return timeDigits(this.lastMs) + Array.from(this.random, (digit) => CROCKFORD[digit]).join('');
  }

  private countUp(): void {
    for (let index = RANDOM_DIGITS - 1; index >= 0; index -= 1) {
      const digit = this.random[index] ?? 0;
      if (digit < DIGIT_MAX) { this.random[index] = digit + 1; return; }
      this.random[index] = 0;
    }
    this.lastMs += 1; // all 80 bits are spent: borrow from the next millisecond
  }
}

function timeDigits(ms: number): string {
  let digits = '';
  let rest = ms;
  for (let index = 0; index < TIME_DIGITS; index += 1) {
    digits = `${CROCKFORD[rest % CROCKFORD.length] ?? ''}${digits}`;
    rest = Math.floor(rest / CROCKFORD.length);
  }
  return digits;
}
