import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { orAborted } from '../../application/lifecycle/or-aborted.js';
import type { Clock } from '../../application/ports/clock.js';
import { PortError } from '../../application/ports/port-error.js';
import { parseIpv4 } from './ipv4.js';

/** Says "work it out" instead of an address. */
export const AUTOMATIC = 'auto';

const ANY_ADDRESS = '0.0.0.0';
const RETRY_INTERVAL_MS = 500;
/** No packet is sent there: the kernel only picks the route. */
const PROBE_PORT = 9;

export interface AdvertisedAddressOptions {
  /** An IPv4 address, a name, or `auto`. */
  readonly advertiseHost: string;
  /** Where our audio socket listens; 0.0.0.0 is everywhere. */
  readonly bindHost: string;
  /** Name or IPv4 address of the machine that is to send us audio. */
  readonly peerHost: string;
  readonly clock: Clock;
}

/**
 * The IPv4 address under which a peer reaches our audio socket. Names are resolved here, once: a peer that resolves them does
 * so while a caller waits. `auto` is `bindHost` when that is one address, else the address of the interface that faces the
 * peer, so that a container, which learns its address only when it starts, needs no setting of its own.
 *
 * Name servers may come later than we do: tried again until `signal` aborts.
 *
 * @throws PortError `media/advertised-address` when the signal aborts first.
 */
export async function advertisedAddress(options: AdvertisedAddressOptions, signal: AbortSignal): Promise<string> {
  const { advertiseHost, bindHost, peerHost, clock } = options;
  if (parseIpv4(advertiseHost) !== undefined) return advertiseHost;
  const automatic = advertiseHost === AUTOMATIC;
  if (automatic && bindHost !== ANY_ADDRESS) return bindHost;
  const resolve = automatic ? () => addressFacing(peerHost) : () => addressOf(advertiseHost);
  for (let cause: unknown = new Error('aborted'); ;) {
    if (signal.aborted) throw unknownAddress(automatic ? peerHost : advertiseHost, cause);
    try {
      return await orAborted(resolve(), signal);
    } catch (error) {
      cause = error;
    }
    await pause(clock, signal);
  }
}

async function addressOf(host: string): Promise<string> {
  return (await lookup(host, { family: 4 })).address;
}

/** Which of our addresses packets to `host` come from. */
async function addressFacing(host: string): Promise<string> {
  const peer = await addressOf(host);
  const socket = createSocket('udp4');
  try {
    socket.connect(PROBE_PORT, peer);
    await once(socket, 'connect');
    return socket.address().address;
  } finally {
    socket.close();
  }
}

/** Resolves after a moment, or at once when `signal` aborts. */
function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(RETRY_INTERVAL_MS, end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

function unknownAddress(host: string, cause: unknown): PortError {
  return new PortError(`no address of ours to advertise for audio: ${host} cannot be resolved or reached. Fix: correct the name, or set media.advertiseHost to an address`, {
    code: 'media/advertised-address', kind: 'unavailable', retryable: false, cause,
  });
}
