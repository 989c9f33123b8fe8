import { PortError } from '../application/ports/port-error.js';
import { TrustedNetworks } from './trusted-networks.js';

const ANY_ADDRESS = '0.0.0.0';
const SETTING = 'media.trustedNetworks';

export interface MediaAddresses {
  readonly bindHost: string;
  /** Resolved. */
  readonly advertisedHost: string;
  /** asterisk.peerAddressOverride */
  readonly peerHost: string | null;
  readonly trustedNetworks: readonly string[];
}

/**
 * RTP of Asterisk's ExternalMedia cannot be encrypted: outside the loopback it goes only where somebody has said that it may.
 *
 * @returns whether audio may be sent to an address.
 * @throws PortError `media/untrusted-network` that says how to mend the settings.
 */
export function trustedMedia({ bindHost, advertisedHost, peerHost, trustedNetworks }: MediaAddresses): (address: string) => boolean {
  const networks = new TrustedNetworks(trustedNetworks);
  const claims: readonly (readonly [string, string | null])[] = [
    ['media.bindHost', bindHost === ANY_ADDRESS ? null : bindHost], ['media.advertiseHost', advertisedHost], ['asterisk.peerAddressOverride', peerHost],
  ];
  for (const [setting, address] of claims) {
    if (address !== null && !networks.covers(address)) throw refused(`${setting} is ${address}`, address);
  }
  if (bindHost === ANY_ADDRESS && trustedNetworks.length === 0) throw refused('media.bindHost is 0.0.0.0, which is every network', null);
  return (address) => networks.covers(address);
}

function refused(what: string, address: string | null): PortError {
  const network = address === null ? 'the network (CIDR) between Asterisk and the gateway' : `the network (CIDR) that ${address} is in`;
  return new PortError(`${what}, and audio (RTP) is not encrypted there. Fix: add ${network} to ${SETTING} when nobody else can listen in it, or put both on one host and use 127.0.0.1`, {
    code: 'media/untrusted-network', kind: 'rejected', retryable: false,
  });
}
