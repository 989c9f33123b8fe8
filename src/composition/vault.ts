import { readFileSync } from 'node:fs';
import { HttpDigitVault, type VaultLogin } from '../adapters/vault/http-digit-vault.js';
import type { Config } from '../config/gateway-schema.js';

/** @throws what the file system or OpenSSL throws: of a certificate, key or authority that cannot be used. */
export function openVault({ vault }: Pick<Config, 'vault'>): HttpDigitVault {
  const read = (file: string | null): Uint8Array | null => (file === null ? null : readFileSync(file));
  return new HttpDigitVault(new Map(Object.entries(vault.logins).map(([origin, { token, cert, key, ca }]): [string, VaultLogin] => [
    origin, { token: token?.reveal() ?? null, cert: read(cert), key: read(key), ca: read(ca) },
  ])));
}
