/**
 * A loopback agent-orchestrator that answers what the test says, well or badly. It keeps the contract of
 * docs/reference/orchestrator-contract.md only as far as its answers do.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Parsed JSON; null without a body. */
  readonly body: unknown;
}

/** Answers one request. The response may be left open: it ends when the client goes or the server stops. */
export type Answer = (response: ServerResponse, request: ReceivedRequest) => void | Promise<void>;

export type Endpoint = 'open' | 'turn' | 'agent' | 'transfer';

const ROUTES: readonly (readonly [method: string, path: RegExp, endpoint: Endpoint])[] = [
  ['POST', /^\/api\/v1\/conversations$/u, 'open'],
  ['POST', /^\/api\/v1\/conversations\/[^/]+\/turns$/u, 'turn'],
  ['GET', /^\/api\/v1\/conversations\/[^/]+\/agent$/u, 'agent'],
  ['POST', /^\/api\/v1\/conversations\/[^/]+\/transfer$/u, 'transfer'],
];

const STREAM = { 'content-type': 'text/event-stream' };

const DEFAULT_ANSWERS: Readonly<Record<Endpoint, Answer>> = {
  // As the real one: the same call gets the same conversation.
  open: (response, request) => json({ conversation_id: `conversation-${String(request.headers['x-call-id'])}`, greeting: null }, 201)(response, request),
  turn: events(['delta', { text: 'Hello ' }], ['delta', { text: 'caller.' }], ['done', {}]),
  agent: json({ agent_id: 'card-delivery', name: 'Cards', language: 'en-US' }),
  transfer: status(204),
};

export class OrchestratorServer {
  readonly requests: (ReceivedRequest & { readonly endpoint: Endpoint })[] = [];
  private readonly answers: Record<Endpoint, Answer[]> = { open: [], turn: [], agent: [], transfer: [] };
  private readonly live = new Set<ServerResponse>();
  private port = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OrchestratorServer> {
    const server = createServer();
    const loopback = new OrchestratorServer(server);
    server.on('request', (request, response) => { void loopback.serve(request, response); });
    await loopback.listen();
    return loopback;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Answers that have begun and not ended. */
  get liveAnswers(): number {
    return this.live.size;
  }

  /** The next requests of this kind are answered like this, in order; the last answer stays. */
  answer(endpoint: Endpoint, ...answers: readonly Answer[]): void {
    this.answers[endpoint] = [...answers];
  }

  received(endpoint: Endpoint): readonly ReceivedRequest[] {
    return this.requests.filter((request) => request.endpoint === endpoint);
  }

  /** Nobody listens on the port any more. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  /** Listens on the same port again. */
  async listen(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: await bodyOf(request) };
    const endpoint = ROUTES.find(([method, path]) => method === received.method && path.test(received.path))?.[2];
    if (endpoint === undefined) { response.writeHead(404).end(); return; }
    this.requests.push({ ...received, endpoint });
    this.live.add(response);
    response.on('close', () => { this.live.delete(response); });
    const queue = this.answers[endpoint];
    const answer = (queue.length > 1 ? queue.shift() : queue[0]) ?? DEFAULT_ANSWERS[endpoint];
    await answer(response, received);
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? null : (JSON.parse(text) as unknown);
}

export function json(body: unknown, code = 200): Answer {
  return (response) => { response.writeHead(code, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body)); };
}

export function status(code: number, headers: Readonly<Record<string, string>> = {}, body = ''): Answer {
  return (response) => { response.writeHead(code, headers).end(body); };
}

export type WireEvent = readonly [name: string, data: unknown];

export function eventText([name, data]: WireEvent): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A whole stream at once. */
export function events(...list: readonly WireEvent[]): Answer {
  return raw(list.map(eventText).join(''));
}

/** Any bytes as an event stream that ends. */
export function raw(text: string | Buffer, headers: Readonly<Record<string, string>> = STREAM): Answer {
  return (response) => { response.writeHead(200, headers).end(text); };
}

/** Begins a stream and goes silent. */
export function stall(...list: readonly WireEvent[]): Answer {
  return (response) => { response.writeHead(200, STREAM).write(list.map(eventText).join('') + ': on\n\n'); };
}

/** Takes the request and never answers. */
export const hang: Answer = () => undefined;

/** Breaks the connection, before any answer or after some events. */
export function reset(...list: readonly WireEvent[]): Answer {
  return (response) => {
    if (list.length === 0) { response.socket?.destroy(); return; }
    response.writeHead(200, STREAM).write(list.map(eventText).join(''), () => { response.socket?.destroy(); });
  };
}

/** Answers after a while, if the client is still there. */
export function late(ms: number, answer: Answer): Answer {
  return (response, request) => {
    const timer = setTimeout(() => { void answer(response, request); }, ms);
    response.on('close', () => { clearTimeout(timer); });
  };
}

/** Writes `text` again and again as fast as the client reads, for ever. */
export function endless(text: string, head = ''): Answer {
  return (response) => {
    response.writeHead(200, STREAM).write(head);
    const pump = (): void => {
      while (!response.destroyed && response.write(text));
      if (!response.destroyed) response.once('drain', pump);
    };
    pump();
  };
}
