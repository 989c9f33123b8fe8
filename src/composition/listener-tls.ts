import type { ListenerTls } from '../adapters/http/listener-certificate.js';
import type { Config } from '../config/gateway-schema.js';

/** Null: the server is not encrypted. Configuration gives certificate and key both or neither. */
export function listenerTls({ cert, key, clientAuthority }: Config['http']['tls']): ListenerTls | null {
  return cert === null || key === null ? null : { cert, key, clientAuthority };
}
