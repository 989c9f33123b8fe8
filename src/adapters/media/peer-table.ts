/**
 * (IPv4 address, port) → slot, by open addressing in typed arrays: a lookup per datagram, without an object or a string.
 * Only pinned peers are inside, so a stranger can fill nothing; the table is at most a quarter full.
 */
const EMPTY = -1;
const LOAD = 4;

export class PeerTable {
  private readonly addresses: Uint32Array;
  private readonly ports: Uint16Array;
  private readonly slots: Int32Array;
  private readonly mask: number;
  private count = 0;

  constructor(private readonly peersMax: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, peersMax * LOAD)));
    this.addresses = new Uint32Array(size);
    this.ports = new Uint16Array(size);
    this.slots = new Int32Array(size).fill(EMPTY);
    this.mask = size - 1;
  }

  get size(): number {
    return this.count;
  }

  /** The slot of this peer, or -1. */
  find(address: number, port: number): number {
    return this.slots[this.indexOf(address, port)] ?? EMPTY;
  }

  set(address: number, port: number, slot: number): void {
    const index = this.indexOf(address, port);
    if (this.slots[index] === EMPTY) {
      if (this.count === this.peersMax) throw new RangeError('peer table is full');
      this.count += 1;
    }
    this.addresses[index] = address;
    this.ports[index] = port;
    this.slots[index] = slot;
  }

  delete(address: number, port: number): void {
    let hole = this.indexOf(address, port);
    if (this.slots[hole] === EMPTY) return;
    this.count -= 1;
    // Later entries of the same run move up into the hole, so that no search ends early.
    for (let index = (hole + 1) & this.mask; this.slots[index] !== EMPTY; index = (index + 1) & this.mask) {
      const home = this.homeOf(this.addresses[index] ?? 0, this.ports[index] ?? 0);
      if (((index - home) & this.mask) < ((index - hole) & this.mask)) continue;
      this.addresses[hole] = this.addresses[index] ?? 0;
      this.ports[hole] = this.ports[index] ?? 0;
      this.slots[hole] = this.slots[index] ?? EMPTY;
      hole = index;
    }
    this.slots[hole] = EMPTY;
  }

  /** Where this peer is, or the free place where it would be. */
  private indexOf(address: number, port: number): number {
    let index = this.homeOf(address, port);
    while (this.slots[index] !== EMPTY && (this.addresses[index] !== address || this.ports[index] !== port)) index = (index + 1) & this.mask;
    return index;
  }

  private homeOf(address: number, port: number): number {
    const mixed = Math.imul(address ^ Math.imul(port, 0x9e3779b1), 0x85ebca6b);
    return (mixed ^ (mixed >>> 15)) & this.mask;
  }
}
