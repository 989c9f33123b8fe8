/**
 * The network of a compose file on the loopback interface: each service has an address of its own in 127.0.0.0/8, so that it
 * listens on the very ports that the compose file names, beside whatever else runs on this machine.
 */
export class NativeAddresses {
  private readonly addresses: ReadonlyMap<string, string>;
  private readonly names: RegExp;

  /** @param pick a number from 0 up to 1, which other test runs are unlikely to pick too */
  constructor(services: readonly string[], pick: number) {
    const block = Math.floor(pick * 150 * 250);
    const prefix = `127.${100 + Math.floor(block / 250)}.${1 + (block % 250)}`;
    this.addresses = new Map(services.map((name, index) => [name, `${prefix}.${10 + index}`]));
    this.names = new RegExp(`(?<![\\w.-])(${services.join('|')})(?=:\\d)`, 'gu');
  }

  of(service: string): string {
    const address = this.addresses.get(service);
    if (address === undefined) throw new Error(`no service ${service}`);
    return address;
  }

  /** A text of a service with its peers' names and its own loopback and wildcard address replaced. */
  translate(service: string, text: string): string {
    return text.replace(this.names, (name) => this.of(name)).replace(/(?<![\d.])(?:127\.0\.0\.1|0\.0\.0\.0)(?![\d.])/gu, this.of(service));
  }
}
