import { BlockList, isIP } from 'node:net';

/** Where a server is and how it is spoken to. */
export interface GrpcAddress {
  /** `host:port`, an IPv6 host in brackets. */
  readonly authority: string;
  readonly encrypted: boolean;
}

/**
 * Reads `grpcs://host:port` (TLS) or `grpc://host:port`. Without encryption the host must be `localhost` or an IP address of the
 * loopback or of `trustedNetworks` (CIDR, commas between): what callers say must not cross a network in the clear by mistake, and a
 * name may point anywhere tomorrow.
 * @throws Error that says how to mend the setting.
 */
export function grpcAddress(url: string, trustedNetworks: string): GrpcAddress {
  const { protocol, hostname, port } = parse(url);
  const encrypted = protocol === 'grpcs:';
  if (!encrypted && protocol !== 'grpc:') throw new Error(`${url} begins neither with grpc:// nor with grpcs://`);
  if (hostname === '' || port === '') throw new Error(`${url} does not say host and port, as in grpcs://speech.example.com:50051`);
  if (!encrypted && !isTrusted(hostname, trustedNetworks)) {
    throw new Error(`${url} would be spoken to without encryption; say grpcs:// or add its IP address to trustedNetworks`);
  }
  return { authority: `${hostname}:${port}`, encrypted };
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new Error(`${url} is no URL like grpcs://speech.example.com:50051`);
  }
}

function isTrusted(hostname: string, trustedNetworks: string): boolean {
  if (hostname === 'localhost') return true;
  const host = hostname.replace(/^\[(?<address>.*)\]$/u, '$<address>');
  const version = isIP(host);
  if (version === 0) return false;
  const networks = new BlockList();
  networks.addSubnet('127.0.0.0', 8, 'ipv4');
  networks.addAddress('::1', 'ipv6');
  for (const network of trustedNetworks.split(',').map((part) => part.trim()).filter((part) => part !== '')) add(networks, network);
  return networks.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

function add(networks: BlockList, network: string): void {
  const [address = '', bits = ''] = network.split('/');
  const version = isIP(address);
  if (version === 0 || !/^\d{1,3}$/u.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) throw new Error(`${network} is no network like 10.20.0.0/16`);
  networks.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
}
