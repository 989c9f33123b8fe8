import { expect } from 'chai';
import * as fc from 'fast-check';
import { UlidSource } from '../../../src/adapters/runtime/ulid-source.js';
import { PAST_ALL_ULIDS, firstUlidAt, isUlid, ulidTimeMs } from '../../../src/domain/shared/ulid-time.js';

describe('the time in a ULID', () => {
  const someMs = fc.integer({ min: 0, max: 2 ** 48 - 1 });

  it('is the one it was made at, for every millisecond there is', () => {
    fc.assert(fc.property(someMs, (ms) => {
      const made = new UlidSource({ wallMs: () => ms }).next();
      expect(isUlid(made)).to.equal(true);
      expect(ulidTimeMs(made)).to.equal(ms);
      expect(firstUlidAt(ms) <= made && made < firstUlidAt(ms + 1), made).to.equal(true);
      expect(made < PAST_ALL_ULIDS).to.equal(true);
    }));
  });

  it('is not in anything else', () => {
    for (const text of ['', 'call-1', '../../../etc/passwd', '01JCTEST00000000000000000', '01JCTEST0000000000000000011', '01jctest000000000000000001', '81JCTEST000000000000000001', '01JCTESTI00000000000000001']) {
      expect(isUlid(text), text).to.equal(false);
      expect(ulidTimeMs(text), text).to.be.NaN;
    }
  });
});
