import { expect } from 'chai';
import { StreamSource, type Admission } from '../../../src/domain/audio/stream-source.js';

const OLD = 0xa;
const NEW = 0xb;

function admit(source: StreamSource, sequence: number, ssrc = OLD): Admission {
  return source.admit({ sequence, ssrc, timestamp: 0, marker: false });
}

describe('StreamSource', () => {
  let source: StreamSource;

  beforeEach(() => { source = new StreamSource(); });

  it('accepts a stream across the wrap of its sequence numbers', () => {
    for (let n = 65_500; n < 65_600; n += 1) expect(admit(source, n & 0xffff)).to.equal('accepted');
    expect(source.expected).to.equal(100);
    expect(source.changes).to.equal(0);
  });

  it('counts what should have come, gaps included', () => {
    for (const n of [10, 11, 15, 16]) admit(source, n);
    expect(source.expected).to.equal(7);
  });

  it('turns a duplicate away, also one that others have overtaken', () => {
    for (const n of [10, 11, 12, 14, 13]) expect(admit(source, n)).to.equal('accepted');
    expect([14, 13, 11, 10].map((n) => admit(source, n))).to.deep.equal(['duplicate', 'duplicate', 'duplicate', 'duplicate']);
  });

  it('takes no packet for a duplicate that is older than its memory', () => {
    for (let n = 100; n <= 150; n += 1) admit(source, n);
    expect([119, 118, 60].map((n) => admit(source, n))).to.deep.equal(['duplicate', 'accepted', 'accepted']);
  });

  it('knows which packets are the newest', () => {
    const newest = [10, 12, 11, 13].map((n) => { admit(source, n); return source.inOrder; });
    expect(newest).to.deep.equal([true, true, false, true]);
  });

  it('believes another SSRC at its second packet in sequence', () => {
    admit(source, 10);
    expect([admit(source, 500, NEW), admit(source, 501, NEW), admit(source, 502, NEW)]).to.deep.equal(['suspected', 'switched', 'accepted']);
    expect(source.changes).to.equal(1);
    expect(source.currentSsrc).to.equal(NEW);
    expect(source.expected).to.equal(1 + 3);
  });

  it('is not moved by single packets of other streams, nor by two streams that alternate', () => {
    for (let n = 10; n < 60; n += 1) {
      expect(admit(source, n)).to.equal('accepted');
      expect(admit(source, 1000 + n, NEW)).to.equal('suspected');
    }
    expect(admit(source, 2000, 0xc)).to.equal('suspected');
    expect(admit(source, 3000, 0xd)).to.equal('suspected');
    expect(source.changes).to.equal(0);
  });

  it('suspects no other stream any more once a packet of its own came that holds nothing to play, a key for example', () => {
    admit(source, 10);
    expect(admit(source, 500, NEW)).to.equal('suspected');
    expect(source.note({ sequence: 11, ssrc: OLD, timestamp: 0, marker: false })).to.equal(true);
    expect([admit(source, 501, NEW), admit(source, 12)]).to.deep.equal(['suspected', 'accepted']);
    expect([source.changes, source.currentSsrc]).to.deep.equal([0, OLD]);
  });

  it('takes an impossible jump of the same SSRC for a new stream, an ordinary gap for loss', () => {
    admit(source, 10);
    expect(admit(source, 2000)).to.equal('accepted');
    expect([admit(source, 40_000), admit(source, 40_001)]).to.deep.equal(['suspected', 'switched']);
    expect(source.expected).to.equal(1991 + 2);
  });

  it('knows after a switch that the suspect came, too', () => {
    admit(source, 10);
    admit(source, 500, NEW);
    admit(source, 501, NEW);
    expect(admit(source, 500, NEW)).to.equal('duplicate');
  });
});
