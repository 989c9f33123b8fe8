import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { advertisedAddress, type AdvertisedAddressOptions } from '../../../src/adapters/media/advertised-address.js';
import { VirtualClock } from '../../support/virtual-clock.js';

/** RFC 6761: resolvers answer that it does not exist, without asking anybody. */
const NO_SUCH_NAME = 'asterisk.invalid';

function options(over: Partial<AdvertisedAddressOptions>): AdvertisedAddressOptions {
  return { advertiseHost: 'auto', bindHost: '0.0.0.0', peerHost: '127.0.0.1', clock: new VirtualClock(), ...over };
}

const never = (): AbortSignal => new AbortController().signal;
const outward = Object.values(networkInterfaces()).flat().find((face) => face?.family === 'IPv4' && !face.internal);

describe('the advertised address of our audio', () => {
  it('is the one that is given', async () => {
    expect(await advertisedAddress(options({ advertiseHost: '192.0.2.7', peerHost: NO_SUCH_NAME }), never())).to.equal('192.0.2.7');
  });

  it('is that of a name, so that Asterisk never has to resolve it', async () => {
    expect(await advertisedAddress(options({ advertiseHost: 'localhost', peerHost: NO_SUCH_NAME }), never())).to.equal('127.0.0.1');
  });

  it('is, when automatic, the one address the socket listens on', async () => {
    expect(await advertisedAddress(options({ bindHost: '127.0.0.5', peerHost: NO_SUCH_NAME }), never())).to.equal('127.0.0.5');
  });

  it('is, when automatic and the socket listens everywhere, the one that faces the peer', async () => {
    expect(await advertisedAddress(options({ peerHost: 'localhost' }), never())).to.equal('127.0.0.1');
  });

  it('is not the loopback address for a peer outside', async function () {
    if (outward === undefined) this.skip(); // this machine has no other interface
    expect(await advertisedAddress(options({ peerHost: outward.address }), never())).to.equal(outward.address);
  });

  it('is asked for again while the peer has no name yet, and given up with the start', async () => {
    const clock = new VirtualClock();
    const start = new AbortController();
    const answer = advertisedAddress(options({ peerHost: NO_SUCH_NAME, clock }), start.signal).catch((error: unknown) => error);
    while (clock.pending === 0) await new Promise(setImmediate);
    clock.advance(500);
    while (clock.pending === 0) await new Promise(setImmediate);
    start.abort();
    expect(await answer).to.include({ code: 'media/advertised-address', kind: 'unavailable' });
    expect(clock.pending).to.equal(0);
  });
});
