import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls';
import type { Cancel, Clock } from '../../application/ports/clock.js';
import type { Logger } from '../../application/ports/logger.js';
import { PortError } from '../../application/ports/port-error.js';

const LOOK_INTERVAL_MS = 10_000;

/** Files, PEM. */
export interface ListenerTls {
  readonly cert: string;
  readonly key: string;
  /** Authority of clients: whoever has no certificate of it is turned away. Null: anybody may connect. */
  readonly clientAuthority: string | null;
}

/** What a server shows its clients, read again when the files change: certificates are renewed more often than gateways begin anew. */
export class ListenerCertificate {
  private cancelLook: Cancel = () => undefined;
  private closed = false;
  private told = '';

  private constructor(private readonly files: ListenerTls, private readonly ports: { readonly clock: Clock; readonly logger: Logger }, readonly options: SecureContextOptions, private signature: string) {}

  /** @throws PortError `http/certificate-unusable` */
  static async open(files: ListenerTls, ports: { readonly clock: Clock; readonly logger: Logger }): Promise<ListenerCertificate> {
    try {
      const signature = await signatureOf(files);
      return new ListenerCertificate(files, ports, await read(files), signature);
    } catch (cause) {
      throw new PortError(`certificate ${files.cert} and key ${files.key} cannot be used (${reasonOf(cause)}). Fix: name PEM files that belong together and that the gateway may read`, {
        code: 'http/certificate-unusable', kind: 'unavailable', retryable: false, cause,
      });
    }
  }

  /** Keeps `server` up to date until `close`. Connections that are there go on with what they have. */
  follow(server: Server): void {
    if (this.closed) return;
    this.cancelLook = this.ports.clock.after(LOOK_INTERVAL_MS, () => {
      void this.look(server).finally(() => { this.follow(server); });
    });
  }

  close(): void {
    this.closed = true;
    this.cancelLook();
  }

  private async look(server: Server): Promise<void> {
    const { logger } = this.ports;
    try {
      const signature = await signatureOf(this.files);
      if (signature === this.signature) return;
      server.setSecureContext(await read(this.files));
      this.signature = signature;
      this.told = '';
      logger.info('certificate read again', { cert: this.files.cert });
    } catch (error) {
      const reason = reasonOf(error); // half of a renewal, perhaps: looked at again
      if (reason !== this.told) logger.error('new certificate cannot be used: the one before stays', { cert: this.files.cert, reason });
      this.told = reason;
    }
  }
}

async function read({ cert, key, clientAuthority }: ListenerTls): Promise<SecureContextOptions> {
  const [certificate, secret, authority] = await Promise.all([readFile(cert), readFile(key), clientAuthority === null ? null : readFile(clientAuthority)]);
  const options: SecureContextOptions = { cert: certificate, key: secret, minVersion: 'TLSv1.2', ...(authority === null ? {} : { ca: authority }) };
  createSecureContext(options); // throws when the two do not belong together
  return options;
}

async function signatureOf({ cert, key, clientAuthority }: ListenerTls): Promise<string> {
  const files = [cert, key, ...(clientAuthority === null ? [] : [clientAuthority])];
  const facts = await Promise.all(files.map((file) => stat(file)));
  return facts.map(({ mtimeMs, size, ino }) => `${mtimeMs}:${size}:${ino}`).join(' ');
}

/** Codes alone: OpenSSL's text may hold a piece of the file. */
function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'not PEM';
}
