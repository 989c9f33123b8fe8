/** A server lets 100 streams run on one connection (Google's front end; the HTTP/2 default of gRPC servers); further ones would wait without a word. */
const USERS_MAX = 80;

export interface PooledClient {
  initialize(): Promise<unknown>;
  close(): Promise<void>;
}

interface Entry<Client> {
  readonly client: Client;
  users: number;
}

export interface Lease<Client> {
  readonly client: Client;
  /** Idempotent. */
  readonly release: () => void;
}

/** Clients of an SDK, one connection each, made as they are needed; the last one is kept for the next who asks. */
export class ClientPool<Client extends PooledClient> {
  private readonly entries: Entry<Client>[] = [];
  private making: Promise<Entry<Client>> | null = null;

  /** `make` loads the SDK; when it fails the next lease tries again. */
  constructor(private readonly make: () => Promise<Client>) {}

  async lease(): Promise<Lease<Client>> {
    for (;;) {
      const entry = this.entries.find(({ users }) => users < USERS_MAX);
      if (entry !== undefined) return this.use(entry);
      this.making ??= this.add().finally(() => { this.making = null; });
      await this.making;
    }
  }

  private async add(): Promise<Entry<Client>> {
    const client = await this.make();
    await client.initialize(); // else the SDK throws where nobody can catch
    const entry = { client, users: 0 };
    this.entries.push(entry);
    return entry;
  }

  private use(entry: Entry<Client>): Lease<Client> {
    entry.users += 1;
    let held = true;
    return {
      client: entry.client,
      release: () => {
        if (!held) return;
        held = false;
        entry.users -= 1;
        if (entry.users > 0 || this.entries.length === 1) return;
        this.entries.splice(this.entries.indexOf(entry), 1);
        void entry.client.close().catch(() => undefined);
      },
    };
  }
}
