import { Agent, request as httpRequest } from 'node:http';
import { type Distribution, Histogram } from '../../test/support/load/histogram.js';

const SOCKETS_MAX = 64;
const LATENCY_LIMIT_MS = 10_000;
const STEP_MS = 0.1;
/** The list is asked for so many calls. */
const PAGE_CALLS = 50;

export interface AskedFigures {
  /** From the request, whether a connection was free for it or not, to the whole answer. Requests wait for no answers. */
  readonly listMs: Distribution;
  readonly getMs: Distribution;
  /** Requests were made so much after they were due, by this process that others kept from running: no fault of the gateway, whose answers it then reads as late. */
  readonly clientLateMs: Distribution;
  readonly answers: Readonly<Record<string, number>>;
  /** Mean bytes of an answer. */
  readonly listBytes: number;
  readonly getBytes: number;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Dashboards that ask for the list of calls and for one of them in turn, as often a second as they are told, whether answers come or not. */
export class ApiClients {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });
  private readonly latency = { list: new Histogram(STEP_MS, LATENCY_LIMIT_MS), get: new Histogram(STEP_MS, LATENCY_LIMIT_MS) };
  private readonly late = new Histogram(STEP_MS, LATENCY_LIMIT_MS);
  private readonly bytes = { list: 0, get: 0 };
  private readonly answers: Record<string, number> = {};
  private known: readonly string[] = [];

  constructor(private readonly url: string, private readonly token: string) {}

  async run(requestsPerS: number, seconds: number): Promise<void> {
    const begunAtMs = performance.now();
    const all = requestsPerS * seconds;
    const underWay = new Set<Promise<void>>();
    for (let sent = 0; sent < all;) {
      for (const due = ((performance.now() - begunAtMs) / 1000) * requestsPerS; sent < Math.min(due, all); sent += 1) {
        const asked = this.one(sent, begunAtMs + (sent * 1000) / requestsPerS);
        underWay.add(asked);
        void asked.finally(() => underWay.delete(asked));
      }
      await new Promise((resolve) => { setTimeout(resolve, 1); });
    }
    await Promise.all(underWay);
  }

  figures(): AskedFigures {
    const { latency: { list, get }, bytes } = this;
    return { listMs: list.summary(), getMs: get.summary(), clientLateMs: this.late.summary(), answers: this.answers, listBytes: Math.round(bytes.list / Math.max(1, list.count)), getBytes: Math.round(bytes.get / Math.max(1, get.count)) };
  }

  close(): void {
    this.agent.destroy();
  }

  /** Never rejects: what went wrong is counted. */
  private async one(number: number, dueAtMs: number): Promise<void> {
    const askedAtMs = performance.now();
    this.late.record(askedAtMs - dueAtMs);
    const id = number % 2 === 0 ? undefined : this.known[number % Math.max(1, this.known.length)];
    const kind = id === undefined ? 'list' : 'get';
    const { status, text } = await this.ask(id === undefined ? `/calls?state=live&limit=${PAGE_CALLS}` : `/calls/${id}`).catch((error: unknown) => ({ status: 0, text: String(error) }));
    this.latency[kind].record(performance.now() - askedAtMs);
    this.bytes[kind] += text.length;
    this.answers[`${kind} ${status}`] = (this.answers[`${kind} ${status}`] ?? 0) + 1;
    if (kind === 'list' && status === 200) this.known = (JSON.parse(text) as { readonly calls: readonly { readonly callId: string }[] }).calls.map(({ callId }) => callId);
  }

  private ask(path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(`${this.url}/api/v1${path}`, { agent: this.agent, headers: { authorization: `Bearer ${this.token}` } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => { text += piece; });
        response.on('end', () => { resolve({ status: response.statusCode ?? 0, text }); });
        response.on('error', reject);
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The server may close a connection that was idle in the moment it is used again (RFC 9112 9.3.1): asked again, on another.
        if (request.reusedSocket && error.code === 'ECONNRESET') resolve(this.ask(path)); else reject(error);
      });
      request.end();
    });
  }
}
