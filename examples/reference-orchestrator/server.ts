import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { z } from 'zod';
import type { BackEnd } from './back-end.js';
import { Conversations, type Conversation, type ConversationLimits } from './conversations.js';
import { writeEvents, writeJson, type Pace } from './reply-writer.js';
import { RequestRefused, readJson, required } from './request.js';
import { conversationRequestSchema, transferReportSchema, turnRequestSchema } from './wire.js';

export interface OrchestratorOptions {
  readonly backEnd: BackEnd;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly pace: Pace;
  /** When set, every request must carry it as bearer token. */
  readonly token: string | null;
  readonly limits?: ConversationLimits;
  /** Told of every request that was answered: method, path, status. */
  readonly onAnswered?: (line: string) => void;
}

/** How long running replies may go on after `close` before they are cut. */
const DRAIN_MS = 2000;
const SWEEP_MS = 50;

/** The four endpoints of the orchestrator contract, and /livez. */
export class Orchestrator {
  private readonly conversations: Conversations;
  private readonly server: Server;
  private replying = 0;

  private constructor(private readonly options: OrchestratorOptions) {
    this.conversations = new Conversations(options.backEnd, () => performance.now(), options.limits);
    this.server = createServer({ requestTimeout: 10_000, headersTimeout: 5000, keepAliveTimeout: 30_000, maxHeaderSize: 16 * 1024 }, (request, response) => {
      response.on('finish', () => { options.onAnswered?.(`${request.method ?? ''} ${request.url ?? ''} ${response.statusCode}`); });
      void this.answer(request, response);
    });
    this.server.maxConnections = 4096;
  }

  /** Listens; rejects when the port is taken. */
  static async open(options: OrchestratorOptions): Promise<Orchestrator> {
    const orchestrator = new Orchestrator(options);
    await new Promise<void>((resolve, reject) => {
      orchestrator.server.once('error', reject);
      orchestrator.server.listen(options.port, options.host, resolve);
    });
    return orchestrator;
  }

  get baseUrl(): string {
    const { address, port, family } = this.server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Replies that are being sent. */
  get liveReplies(): number {
    return this.replying;
  }

  /** Takes no more requests, lets running replies end for a moment, then cuts them. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => { this.server.close(() => { resolve(); }); });
    // A kept-alive connection is idle only when its reply has ended.
    const sweep = setInterval(() => { this.server.closeIdleConnections(); }, SWEEP_MS);
    const limit = setTimeout(() => { this.server.closeAllConnections(); }, DRAIN_MS);
    this.server.closeIdleConnections();
    await closed;
    clearInterval(sweep);
    clearTimeout(limit);
    this.conversations.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.route(request, response);
    } catch (error) {
      if (request.socket.destroyed) return; // the client left in the middle of its request: nobody is there to be told
      const { status, code, message } = error instanceof RequestRefused ? error : new RequestRefused(500, 'internal', 'internal error');
      if (!(error instanceof RequestRefused)) process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      if (response.headersSent) { response.destroy(); return; }
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify({ error: { code, message } }));
    }
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0] ?? '/';
    if (path === '/livez') { response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n'); return; }
    this.authorise(request);
    const [, id, part = 'conversations'] = /^\/api\/v1\/conversations(?:\/([^/]+)\/(turns|agent|transfer))?$/u.exec(path) ?? ['', '', 'nothing'];
    switch (`${request.method ?? ''} ${part}`) {
      case 'POST conversations': await this.open(request, response); return;
      case 'POST turns': await this.turn(this.conversation(request, id), request, response); return;
      case 'GET agent': this.describeAgent(this.conversation(request, id), response); return;
      case 'POST transfer': await this.transfer(this.conversation(request, id), request, response); return;
      default: throw new RequestRefused(404, 'no_such_endpoint', 'there is no such endpoint');
    }
  }

  private authorise(request: IncomingMessage): void {
    const { token } = this.options;
    if (token !== null && request.headers.authorization !== `Bearer ${token}`) throw new RequestRefused(401, 'unauthorized', 'the bearer token is missing or wrong');
  }

  private async open(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { agents } = this.options.backEnd;
    const body = parse(conversationRequestSchema, await readJson(request));
    if (body.call_id !== required(request, 'x-call-id') || body.tenant_id !== required(request, 'x-tenant-id')) {
      throw new RequestRefused(400, 'ids_differ', 'call_id and tenant_id are not those of X-Call-Id and X-Tenant-Id');
    }
    const conversation = this.conversations.open(body, required(request, 'idempotency-key'));
    if (conversation === undefined) {
      throw new RequestRefused(404, 'agent_not_found', `there is no agent "${body.agent_id}" here (there are: ${agents.map(({ id }) => id).join(', ')})`);
    }
    sendJson(response, 201, { conversation_id: conversation.id, greeting: conversation.mind.greeting });
  }

  private async turn(conversation: Conversation, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => { gone.abort(); });
    const key = required(request, 'idempotency-key');
    const turn = parse(turnRequestSchema, await readJson(request));
    const outputs = this.conversations.turn(conversation, key, turn).read(gone.signal);
    const write = (request.headers.accept ?? '').includes('text/event-stream') ? writeEvents : writeJson;
    this.replying += 1;
    try {
      await write(response, outputs, this.options.pace, gone.signal);
    } finally {
      this.replying -= 1;
    }
  }

  private describeAgent({ agent }: Conversation, response: ServerResponse): void {
    sendJson(response, 200, { agent_id: agent.id, name: agent.name, language: agent.language });
  }

  private async transfer({ mind }: Conversation, request: IncomingMessage, response: ServerResponse): Promise<void> {
    mind.transferred(parse(transferReportSchema, await readJson(request)));
    response.writeHead(204).end();
  }

  private conversation(request: IncomingMessage, id = ''): Conversation {
    const conversation = this.conversations.find(id, required(request, 'x-tenant-id'), required(request, 'x-call-id'));
    if (conversation === undefined) throw new RequestRefused(404, 'conversation_not_found', 'there is no such conversation');
    return conversation;
  }
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new RequestRefused(400, 'bad_request', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
