import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** An authority that lives as long as a test, and what it signs. Made by openssl. */
export class TestAuthority {
  private constructor(private readonly directory: string) {}

  /** Null: there is no openssl here. */
  static async create(): Promise<TestAuthority | null> {
    const authority = new TestAuthority(await mkdtemp(path.join(tmpdir(), 'voice-gateway-authority-')));
    try {
      await authority.openssl('req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '1', '-subj', '/CN=test authority');
      return authority;
    } catch (error) {
      await authority.close();
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Path of its own certificate. */
  get ca(): string {
    return path.join(this.directory, 'ca.pem');
  }

  /** `names` as openssl writes them: `IP:127.0.0.1`, `DNS:speech.test`. */
  async sign(name: string, names: string): Promise<CertificateFiles> {
    await writeFile(path.join(this.directory, `${name}.ext`), `subjectAltName=${names}\n`);
    await this.openssl('req', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    await this.openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', `${name}.ext`, '-out', `${name}.pem`);
    return { cert: path.join(this.directory, `${name}.pem`), key: path.join(this.directory, `${name}.key`) };
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }

  private async openssl(...args: readonly string[]): Promise<void> {
    await run('openssl', [...args], { cwd: this.directory });
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
