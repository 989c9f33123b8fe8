import { expect } from 'chai';
import fc from 'fast-check';
import { RTP_HEADER_BYTES, RtpPacket, writeRtpHeader, type RtpFault } from '../../../src/domain/audio/rtp-packet.js';

function parse(bytes: readonly number[] | Uint8Array): { fault: RtpFault; packet: RtpPacket } {
  const packet = new RtpPacket();
  const data = Uint8Array.from(bytes);
  return { fault: packet.parse({ bytes: data, offset: 0, length: data.length }), packet };
}

/** Version 2, no flags, PCMU, sequence 1, timestamp 2, SSRC 3. */
const HEADER = [0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];

describe('RtpPacket', () => {
  it('reads what writeRtpHeader wrote', () => {
    const header = fc.record({
      payloadType: fc.nat(127), marker: fc.boolean(), sequence: fc.nat(0xffff), timestamp: fc.nat(0xffffffff), ssrc: fc.nat(0xffffffff),
    });
    fc.assert(fc.property(header, fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(10), (fields, payload, offset) => {
      const bytes = new Uint8Array(offset + RTP_HEADER_BYTES + payload.length + 5);
      writeRtpHeader(fields, bytes, offset);
      bytes.set(payload, offset + RTP_HEADER_BYTES);
      const packet = new RtpPacket();
      expect(packet.parse({ bytes, offset, length: RTP_HEADER_BYTES + payload.length })).to.equal('none');
      expect(packet).to.include(fields);
      expect(packet.payloadOffset).to.equal(offset + RTP_HEADER_BYTES);
      expect(packet.payloadLength).to.equal(payload.length);
    }));
  });

  it('writes counters that have grown past their width wrapped', () => {
    const bytes = new Uint8Array(RTP_HEADER_BYTES);
    writeRtpHeader({ payloadType: 0, marker: false, sequence: 65_536 + 7, timestamp: 2 ** 32 + 9, ssrc: 0 }, bytes, 0);
    expect(parse([...bytes, 1]).packet).to.include({ sequence: 7, timestamp: 9 });
  });

  it('skips contributing sources', () => {
    const { fault, packet } = parse([0x82, ...HEADER.slice(1), 9, 9, 9, 9, 8, 8, 8, 8, 55]);
    expect(fault).to.equal('none');
    expect({ offset: packet.payloadOffset, length: packet.payloadLength }).to.deep.equal({ offset: 20, length: 1 });
  });

  it('skips an extension', () => {
    const { fault, packet } = parse([0x90, ...HEADER.slice(1), 0xbe, 0xde, 0, 1, 7, 7, 7, 7, 55, 56]);
    expect(fault).to.equal('none');
    expect({ offset: packet.payloadOffset, length: packet.payloadLength }).to.deep.equal({ offset: 20, length: 2 });
  });

  it('cuts padding off', () => {
    const { fault, packet } = parse([0xa0, ...HEADER.slice(1), 55, 0, 0, 3]);
    expect(fault).to.equal('none');
    expect(packet.payloadLength).to.equal(1);
  });

  const faults: readonly (readonly [RtpFault, string, readonly number[]])[] = [
    ['too-short', 'less than a header', HEADER.slice(0, 11)],
    ['version', 'another version', [0x40, ...HEADER.slice(1), 1]],
    ['sources', 'more sources than there are bytes', [0x8f, ...HEADER.slice(1), 1, 2, 3]],
    ['extension', 'an extension header that is cut', [0x90, ...HEADER.slice(1), 0, 0]],
    ['extension', 'an extension longer than the packet', [0x90, ...HEADER.slice(1), 0, 0, 0xff, 0xff, 1]],
    ['padding', 'more padding than payload', [0xa0, ...HEADER.slice(1), 55, 3]],
    ['padding', 'padding of no length', [0xa0, ...HEADER.slice(1), 55, 0]],
    ['empty', 'no payload', HEADER],
  ];
  for (const [fault, what, bytes] of faults) {
    it(`refuses ${what}`, () => { expect(parse(bytes).fault).to.equal(fault); });
  }

  it('never reads or points outside the datagram, whatever is in it', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(40), fc.nat(60), (bytes, offset, length) => {
      const packet = new RtpPacket();
      if (packet.parse({ bytes, offset, length }) !== 'none') return;
      expect(packet.payloadOffset).to.be.at.least(offset + RTP_HEADER_BYTES);
      expect(packet.payloadOffset + packet.payloadLength).to.be.at.most(Math.min(offset + length, bytes.length));
    }), { numRuns: 5000 });
  });
});
