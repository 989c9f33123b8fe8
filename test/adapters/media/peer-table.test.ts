import { expect } from 'chai';
import fc from 'fast-check';
import { formatIpv4, parseIpv4, requireIpv4 } from '../../../src/adapters/media/ipv4.js';
import { PeerTable } from '../../../src/adapters/media/peer-table.js';
import { Quarantine, QUARANTINE_MS } from '../../../src/adapters/media/quarantine.js';

describe('PeerTable', () => {
  it('agrees with a map through any sequence of changes', () => {
    const peer = fc.record({ address: fc.integer({ min: 0xfffffffc, max: 0xffffffff }), port: fc.nat(6) });
    const act = fc.tuple(fc.boolean(), peer, fc.nat(100));
    fc.assert(fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const table = new PeerTable(32);
      const map = new Map<string, number>();
      for (const [set, { address, port }, slot] of acts) {
        const key = `${address}:${port}`;
        if (set) {
          table.set(address, port, slot);
          map.set(key, slot);
        } else {
          table.delete(address, port);
          map.delete(key);
        }
        expect(table.size).to.equal(map.size);
        for (let a = 0xfffffffc; a <= 0xffffffff; a += 1) {
          for (let p = 0; p <= 6; p += 1) expect(table.find(a, p)).to.equal(map.get(`${a}:${p}`) ?? -1);
        }
      }
    }), { numRuns: 50 });
  });

  it('finds every peer of one Asterisk, whoever comes and goes: even ports of one address', () => {
    const act = fc.tuple(fc.boolean(), fc.nat(299));
    fc.assert(fc.property(fc.array(act, { minLength: 300, maxLength: 900 }), (acts) => {
      const table = new PeerTable(300);
      const map = new Map<number, number>();
      for (const [index, [set, pair]] of acts.entries()) {
        const port = 10_000 + 2 * pair;
        if (set) table.set(0x7f000001, port, index); else table.delete(0x7f000001, port);
        if (set) map.set(port, index); else map.delete(port);
      }
      for (let pair = 0; pair < 300; pair += 1) expect(table.find(0x7f000001, 10_000 + 2 * pair)).to.equal(map.get(10_000 + 2 * pair) ?? -1);
    }), { numRuns: 100 });
  });

  it('refuses more peers than it was made for', () => {
    const table = new PeerTable(1);
    table.set(1, 1, 0);
    table.set(1, 1, 5);
    expect(() => { table.set(1, 2, 0); }).to.throw(RangeError);
  });
});

describe('Quarantine', () => {
  it('holds a peer for 30 s after its last packet', () => {
    const quarantine = new Quarantine(10);
    quarantine.add(1, 2, 77, 1000);
    expect(quarantine.holds(1, 2, 1000 + QUARANTINE_MS)).to.equal(true);
    expect(quarantine.holds(1, 2, 1000 + 2 * QUARANTINE_MS)).to.equal(true);
    expect(quarantine.holds(1, 2, 1001 + 3 * QUARANTINE_MS)).to.equal(false);
    expect(quarantine.holds(1, 3, 1000)).to.equal(false);
  });

  it('gives the next leg on the peer the SSRC to refuse, once and in time', () => {
    const quarantine = new Quarantine(10);
    quarantine.add(1, 2, 77, 0);
    expect(quarantine.release(1, 2, 10)).to.equal(77);
    expect(quarantine.release(1, 2, 10)).to.equal(undefined);
    quarantine.add(1, 2, 77, 0);
    expect(quarantine.release(1, 2, QUARANTINE_MS + 1)).to.equal(undefined);
  });

  it('forgets the oldest when it is full', () => {
    const quarantine = new Quarantine(2);
    for (const port of [1, 2, 3]) quarantine.add(9, port, port, 0);
    expect([1, 2, 3].map((port) => quarantine.holds(9, port, 1))).to.deep.equal([false, true, true]);
  });
});

describe('IPv4 addresses', () => {
  it('are read and written', () => {
    fc.assert(fc.property(fc.nat(0xffffffff), (address) => { expect(parseIpv4(formatIpv4(address))).to.equal(address); }));
    expect(parseIpv4('127.0.0.1')).to.equal(0x7f000001);
  });

  it('are nothing but four decimal octets', () => {
    for (const host of ['', 'localhost', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.-4', '1.2.3.4 ', '::1', '0x7f.0.0.1']) {
      expect(parseIpv4(host), host).to.equal(undefined);
    }
  });

  it('come with a port a packet can be sent to', () => {
    for (const port of [0, -1, 65_536, 1.5, Number.NaN]) {
      expect(() => requireIpv4('127.0.0.1', port)).to.throw().with.property('code', 'media/peer-address');
    }
  });
});
