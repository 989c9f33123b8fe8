import { BlockList, isIP } from 'node:net';

/** Networks (CIDR) and single addresses; the loopback is always among them. */
export class TrustedNetworks {
  private readonly networks = new BlockList();

  constructor(networks: readonly string[]) {
    this.networks.addSubnet('127.0.0.0', 8, 'ipv4');
    this.networks.addAddress('::1', 'ipv6');
    for (const network of networks) this.add(network);
  }

  /** @param address IP address; anything else is not covered. */
  covers(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.networks.check(address, version === 4 ? 'ipv4' : 'ipv6');
  }

  /** Configuration has looked at the form. */
  private add(network: string): void {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) this.networks.addAddress(address, family);
    else this.networks.addSubnet(address, Number(bits), family);
  }
}
