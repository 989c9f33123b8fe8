import { expect } from 'chai';
import type { IdSource } from '../../src/application/ports/id-source.js';

/** What every IdSource promises. */
export function idSourceContract(make: () => IdSource): void {
  describe('keeps the contract of IdSource', () => {
    it('gives ULIDs: 26 characters of Crockford base 32 that begin with 0–7', () => {
      const ids = make();
      for (let count = 0; count < 100; count += 1) expect(ids.next()).to.match(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/u);
    });

    it('gives each id once, in ascending order', () => {
      const source = make();
      const ids = Array.from({ length: 10_000 }, () => source.next());
      expect(new Set(ids).size).to.equal(ids.length);
      expect(ids).to.deep.equal([...ids].sort());
    });
  });
}
