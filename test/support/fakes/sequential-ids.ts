import type { IdSource } from '../../../src/application/ports/id-source.js';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_LENGTH = 26;

/** ULIDs that count: the same in every run, readable in a failure (`…0001`, `…0002`). */
export class SequentialIds implements IdSource {
  private given = 0;

  /** `prefix`: up to 20 Crockford characters, first 0–7, to tell two sources apart. */
  constructor(private readonly prefix = '01JCTEST') {}

  next(): string {
    this.given += 1;
    let digits = '';
    for (let rest = this.given; rest > 0; rest = Math.floor(rest / CROCKFORD.length)) digits = `${CROCKFORD[rest % CROCKFORD.length] ?? ''}${digits}`;
    return this.prefix + digits.padStart(ULID_LENGTH - this.prefix.length, '0');
  }
}
