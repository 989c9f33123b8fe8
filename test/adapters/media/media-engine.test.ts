import { expect } from 'chai';
import fc from 'fast-check';
import { peak } from '../../../src/domain/audio/level.js';
import { whiteNoise } from '../../support/synthetic-voice.js';
import { EngineBench, LOOPBACK, rtpPacket } from '../../support/rtp/engine-bench.js';

const loud = (samples = 160): Int16Array => new Int16Array(samples).fill(8000);

/** Frame n of a stream that is well formed. */
const good = (n: number, ssrc = 5): Uint8Array => rtpPacket('ulaw', { sequence: n & 0xffff, timestamp: (n * 160) >>> 0, ssrc }, loud());

describe('MediaEngine', () => {
  let bench: EngineBench;

  beforeEach(() => { bench = new EngineBench(); });

  it('sends one packet per tick: sequence and timestamp without a gap, silence when nothing is said', () => {
    bench.open(0, 4000);
    for (let i = 0; i < 10; i += 1) bench.tick();
    const { packets } = bench.io;
    expect(packets).to.have.lengthOf(10);
    const [first] = packets;
    for (const [i, { packet, bytes, address, port }] of packets.entries()) {
      expect(packet.sequence).to.equal((first!.packet.sequence + i) & 0xffff);
      expect(packet.timestamp).to.equal((first!.packet.timestamp + i * 160) >>> 0);
      expect({ payloadType: packet.payloadType, ssrc: packet.ssrc, address, port }).to.deep.equal({ payloadType: 0, ssrc: first!.packet.ssrc, address: LOOPBACK, port: 4000 });
      expect(new Set(bytes.subarray(12))).to.deep.equal(new Set([0xff]));
      expect(bytes).to.have.lengthOf(172);
    }
  });

  it('begins every stream at a random SSRC, sequence and timestamp', () => {
    for (const [slot, port] of [[0, 4000], [1, 4001]] as const) bench.open(slot, port);
    bench.tick();
    const [a, b] = bench.io.packets;
    expect(a!.packet.ssrc).to.not.equal(b!.packet.ssrc);
    expect(a!.packet.timestamp).to.not.equal(b!.packet.timestamp);
  });

  it('marks the first packet of a talk spurt', () => {
    bench.open(0, 4000);
    bench.tick();
    bench.playout(0).write(loud(320));
    for (let i = 0; i < 4; i += 1) bench.tick();
    expect(bench.io.packets.map(({ packet }) => packet.marker)).to.deep.equal([false, true, false, false, false]);
  });

  it('speaks each codec with its payload type, size and byte order', () => {
    const cases = [['ulaw', 0, 160], ['alaw', 8, 160], ['slin16', 118, 640]] as const;
    for (const [slot, [codec, payloadType, bytes]] of cases.entries()) {
      bench.open(slot, 4000 + slot, codec);
      bench.playout(slot).write(new Int16Array(320).fill(0x1234));
      bench.tick();
      const sent = bench.io.packets.at(-1)!;
      expect({ payloadType: sent.packet.payloadType, bytes: sent.packet.payloadLength }).to.deep.equal({ payloadType, bytes });
      bench.close(slot);
    }
    expect([...bench.io.packets.at(-1)!.bytes.subarray(12, 14)]).to.deep.equal([0x12, 0x34]);
  });

  it('neither sends nor accepts before a peer is pinned, and keeps what the agent said until then', () => {
    bench.open(0, 0);
    bench.playout(0).write(loud(160));
    bench.arrive(4000, good(0));
    for (let i = 0; i < 5; i += 1) bench.tick();
    expect(bench.io.packets).to.deep.equal([]);
    expect(bench.plane('foreign')).to.equal(1);
    expect(bench.timeline(0)).to.have.lengthOf(5 * 160);
    bench.engine.execute({ type: 'pin', slot: 0, generation: 1, address: LOOPBACK, port: 4000 });
    bench.tick();
    expect(bench.playout(0).played).to.equal(160);
    expect(bench.io.packets).to.have.lengthOf(1);
  });

  it('plays nothing from anybody but the pinned peer', () => {
    bench.open(0, 4000);
    for (let n = 0; n < 20; n += 1) {
      bench.arrive(4001, good(n));
      bench.engine.receive({ bytes: good(n), offset: 0, length: 172, address: LOOPBACK + 1, port: 4000 });
      bench.tick();
    }
    expect(peak(bench.timeline(0))).to.equal(0);
    expect(bench.plane('foreign')).to.equal(40);
    expect(bench.events(0)).to.deep.equal([]);
  });

  it('hears the pinned peer, and says so once', () => {
    bench.open(0, 4000);
    for (let n = 0; n < 20; n += 1) {
      bench.arrive(4000, good(n));
      bench.tick();
    }
    expect(bench.timeline(0).filter((sample) => Math.abs(sample) > 7000).length).to.be.above(15 * 160);
    expect(bench.events(0).filter(({ type }) => type === 'media-started')).to.have.lengthOf(1);
    expect(bench.leg(0, 'packetsReceived')).to.equal(20);
  });

  it('drops and counts a payload type that is not the leg\'s', () => {
    bench.open(0, 4000);
    for (const payloadType of [8, 9, 10, 101, 72]) bench.arrive(4000, rtpPacket('ulaw', { payloadType }, loud()));
    expect(bench.plane('payloadType')).to.equal(5);
    bench.tick();
    expect(bench.leg(0, 'packetsMalformed')).to.equal(5);
    expect(bench.leg(0, 'packetsReceived')).to.equal(0);
  });

  it('takes comfort noise, by both its numbers, for silence and not for loss, nor telephone-events for loss', () => {
    bench.open(0, 4000);
    for (let n = 0; n < 30; n += 1) {
      const noise = n >= 10 && n < 20;
      if (n >= 24 && n < 28) bench.arrive(4000, rtpPacket('ulaw', { sequence: n, timestamp: n * 160, payloadType: 101 }, new Int16Array(4)));
      else bench.arrive(4000, noise ? rtpPacket('ulaw', { sequence: n, timestamp: n * 160, payloadType: n % 2 ? 13 : 19 }, new Int16Array(1)) : good(n));
      bench.tick();
    }
    const middle = bench.timeline(0).slice(14 * 160, 18 * 160);
    expect(peak(middle)).to.equal(0);
    expect(bench.leg(0, 'packetsLost')).to.equal(0);
    expect(bench.leg(0, 'packetsReceived')).to.equal(26);
  });

  it('drops packets that are too long, not whole samples, or its own sent back', () => {
    bench.open(0, 4000);
    bench.arrive(4000, rtpPacket('ulaw', {}, new Int16Array(481)));
    bench.tick();
    const own = bench.io.packets[0]!.packet.ssrc;
    bench.arrive(4000, good(0, own));
    expect(bench.plane('malformed')).to.equal(1);
    expect(bench.plane('looped')).to.equal(1);
    bench.open(1, 4001, 'slin16');
    bench.arrive(4001, rtpPacket('slin16', {}, loud(320)).subarray(0, 651));
    expect(bench.plane('malformed')).to.equal(2);
  });

  it('keeps other legs and its own counting in order whatever bytes a peer sends', () => {
    const mutation = fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 8 });
    fc.assert(fc.property(fc.array(fc.tuple(mutation, fc.nat(172)), { maxLength: 60 }), (attacks) => {
      const attacked = new EngineBench();
      attacked.open(0, 4000);
      attacked.open(1, 4001);
      for (const [n, [changes, length]] of attacks.entries()) {
        const bytes = good(n).slice(0, length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        attacked.arrive(4000, bytes);
        attacked.arrive(4001, good(n));
        attacked.tick();
      }
      expect(attacked.plane('legFaults')).to.equal(0);
      expect(attacked.timeline(0)).to.have.lengthOf(attacks.length * 160);
      expect(attacked.leg(1, 'packetsReceived')).to.equal(attacks.length);
      expect(attacked.leg(1, 'packetsLost')).to.equal(0);
      expect(attacked.io.packets).to.have.lengthOf(2 * attacks.length);
    }), { numRuns: 200 });
  });

  it('survives noise instead of packets', () => {
    bench.open(0, 4000);
    for (let n = 0; n < 300; n += 1) {
      bench.arrive(4000, new Uint8Array(whiteNoise(60, 32_000, n + 1).buffer));
      if (n % 10 === 0) bench.tick();
    }
    expect(bench.plane('malformed') + bench.plane('payloadType') + bench.leg(0, 'packetsReceived')).to.equal(300);
    expect(bench.plane('legFaults')).to.equal(0);
  });

  it('holds a closed leg\'s peer in quarantine and plays none of its late packets to the next leg', () => {
    bench.open(0, 4000);
    for (let n = 0; n < 5; n += 1) {
      bench.arrive(4000, good(n, 77));
      bench.tick();
    }
    bench.close(0);
    bench.arrive(4000, good(5, 77));
    expect(bench.plane('quarantined')).to.equal(1);
    bench.open(1, 4000, 'ulaw', 2);
    for (let n = 6; n < 16; n += 1) {
      bench.arrive(4000, good(n, 77));
      bench.tick();
    }
    expect(peak(bench.timeline(1))).to.equal(0);
    expect(bench.plane('quarantined')).to.equal(11);
    for (let n = 0; n < 10; n += 1) {
      bench.arrive(4000, good(n, 78));
      bench.tick();
    }
    expect(peak(bench.timeline(1))).to.be.above(7000);
  });

  it('obeys no command meant for an earlier leg of the slot', () => {
    bench.open(0, 4000, 'ulaw', 7);
    bench.close(0, 6);
    bench.engine.execute({ type: 'pin', slot: 0, generation: 6, address: LOOPBACK, port: 5000 });
    bench.tick();
    expect(bench.engine.legsOpen).to.equal(1);
    expect(bench.io.packets[0]!.port).to.equal(4000);
  });

  it('moves a leg that is pinned again to its new peer', () => {
    bench.open(0, 4000);
    bench.engine.execute({ type: 'pin', slot: 0, generation: 1, address: LOOPBACK, port: 4002 });
    bench.arrive(4000, good(0));
    bench.arrive(4002, good(0));
    bench.tick();
    expect(bench.io.packets[0]!.port).to.equal(4002);
    expect(bench.leg(0, 'packetsReceived')).to.equal(1);
    expect(bench.plane('quarantined')).to.equal(1);
  });

  it('says once that media was lost, and again when it was lost again', () => {
    bench.open(0, 4000);
    const lost = (): number => bench.events(0).filter(({ type }) => type === 'media-lost').length;
    for (let n = 0; n < 60; n += 1) bench.tick();
    expect(lost()).to.equal(1);
    bench.arrive(4000, good(0));
    for (let n = 0; n < 200; n += 1) bench.tick();
    expect(lost()).to.equal(2);
  });

  it('gives what was sent on the same timeline as what was heard', () => {
    bench.open(0, 4000);
    bench.tapSent(0);
    for (let n = 0; n < 5; n += 1) bench.tick();
    bench.playout(0).write(loud(320));
    for (let n = 0; n < 5; n += 1) bench.tick();
    const [caller, sent] = [bench.timeline(0), bench.timeline(0, 1)];
    expect(sent).to.have.lengthOf(caller.length);
    expect(sent.findIndex((sample) => sample > 7000)).to.equal(5 * 160);
    expect(sent.filter((sample) => sample === 8000)).to.have.lengthOf(320);
  });

  it('catches up what it missed, but sends no burst after a long sleep: speech waits, RTP time goes on', () => {
    bench.open(0, 4000);
    bench.playout(0).write(loud(1600));
    bench.tick();
    for (let n = 0; n < 10; n += 1) bench.tick(200 - n * 20);
    const sent = bench.io.packets.length;
    expect(sent).to.be.within(3, 4); // the first, and those less than 60 ms late
    expect(bench.playout(0).played).to.equal(sent * 160);
    expect(bench.timeline(0)).to.have.lengthOf(11 * 160);
    const [first] = bench.io.packets;
    const last = bench.io.packets.at(-1)!;
    expect((last.packet.timestamp - first!.packet.timestamp) >>> 0).to.equal(10 * 160);
    expect((last.packet.sequence - first!.packet.sequence) & 0xffff).to.equal(sent - 1);
  });

  it('ends only the leg whose own code fails, and reports it', () => {
    const failing = new EngineBench();
    const sentTo: number[] = [];
    failing.open(0, 4000);
    failing.open(1, 4001);
    failing.io.send = (_length, _address, port): void => {
      if (port === 4000) throw new Error('planted');
      sentTo.push(port);
    };
    failing.tick();
    failing.tick();
    expect(failing.engine.legsOpen).to.equal(1);
    expect(sentTo).to.deep.equal([4001, 4001]);
    expect(failing.plane('legFaults')).to.equal(1);
    const fault = failing.reports.find((report) => report.type === 'fault');
    expect(fault?.message).to.contain('planted');
  });

  it('leaves nothing behind when all is closed', () => {
    for (let slot = 0; slot < 4; slot += 1) bench.open(slot, 4000 + slot);
    bench.engine.closeAll();
    bench.tick();
    expect(bench.engine.legsOpen).to.equal(0);
    expect(bench.io.packets).to.deep.equal([]);
    bench.arrive(4000, good(0));
    expect(bench.plane('quarantined')).to.equal(1);
  });
});
