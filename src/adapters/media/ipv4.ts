import { PortError } from '../../application/ports/port-error.js';

const OCTET = /^(0|[1-9]\d{0,2})$/;

/** "127.0.0.1" → 0x7f000001; undefined for anything but four decimal octets. */
export function parseIpv4(host: string): number | undefined {
  const parts = host.split('.');
  if (parts.length !== 4 || !parts.every((part) => OCTET.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((address, part) => ((address << 8) | Number(part)) >>> 0, 0);
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}

/** One number for an address and a port, exact in a double: the key of maps. */
export function peerKey(address: number, port: number): number {
  return address * 0x10000 + port;
}

/** @throws PortError `media/peer-address`. Names are not resolved here: Asterisk gives numbers, and a lookup would block. */
export function requireIpv4(host: string, port: number): number {
  const address = parseIpv4(host);
  if (address === undefined || !Number.isInteger(port) || port < 1 || port > 0xffff) {
    throw new PortError(`not an IPv4 address and port: ${host}:${port}`, { code: 'media/peer-address', kind: 'rejected' });
  }
  return address;
}
