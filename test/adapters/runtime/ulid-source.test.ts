import { expect } from 'chai';
import { UlidSource } from '../../../src/adapters/runtime/ulid-source.js';
import { idSourceContract } from '../../contract/id-source.contract.js';

describe('UlidSource', () => {
  idSourceContract(() => new UlidSource());

  it('begins with the time, as the ULID specification writes it', () => {
    // The specification's example: 01ARZ3NDEK is 1469922850259 ms.
    expect(new UlidSource({ wallMs: () => 1_469_922_850_259 }).next().slice(0, 10)).to.equal('01ARZ3NDEK');
  });

  it('ascends while the wall clock stands still or steps back', () => {
    const times = [5000, 5000, 4000, 4000, 5001];
    const source = new UlidSource({ wallMs: () => times.shift() ?? 5001 });
    const ids = Array.from({ length: 5 }, () => source.next());
    expect(ids).to.deep.equal([...ids].sort());
    expect(new Set(ids).size).to.equal(5);
  });

  it('differs from another source at the same time', () => {
    const wallMs = (): number => 5000;
    expect(new UlidSource({ wallMs }).next()).not.to.equal(new UlidSource({ wallMs }).next());
  });
});
