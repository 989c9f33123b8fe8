import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ChatRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: { readonly model: string; readonly stream: boolean; readonly tools: readonly { function: { name: string; parameters: object } }[]; readonly messages: readonly Record<string, unknown>[] };
}

export type Completion = (response: ServerResponse) => void;

/** A loopback model behind an OpenAI-compatible API: it says what the test gives it. */
export class ChatCompletionsServer {
  readonly requests: ChatRequest[] = [];
  /** Answers in order; the last one stays. */
  completions: Completion[] = [];
  live = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ChatCompletionsServer> {
    const server = createServer();
    const chat = new ChatCompletionsServer(server);
    server.on('request', (request, response) => { void chat.serve(request, response); });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return chat;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.requests.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) as ChatRequest['body'] });
    this.live += 1;
    response.on('close', () => { this.live -= 1; });
    const completion = this.completions.length > 1 ? this.completions.shift() : this.completions[0];
    completion?.(response);
  }
}

const chunk = (delta: object): string => `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta }] })}\n\n`;

function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
}

/** Says the pieces, then calls the tools, their arguments cut in two as models do. */
export function says(pieces: readonly string[], ...tools: readonly (readonly [name: string, args: object | string])[]): Completion {
  return (response) => {
    begin(response);
    response.write(chunk({ role: 'assistant', content: '' }));
    for (const content of pieces) response.write(chunk({ content }));
    tools.forEach(([name, args], index) => {
      const text = typeof args === 'string' ? args : JSON.stringify(args);
      response.write(chunk({ tool_calls: [{ index, id: `id-${index}`, type: 'function', function: { name, arguments: text.slice(0, 3) } }] }));
      response.write(chunk({ tool_calls: [{ index, function: { arguments: text.slice(3) } }] }));
    });
    response.end('data: {"choices":[],"usage":{"total_tokens":9}}\n\ndata: [DONE]\n\n');
  };
}

/** Says the pieces and stands still. */
export function stalls(...pieces: readonly string[]): Completion {
  return (response) => {
    begin(response);
    for (const content of pieces) response.write(chunk({ content }));
  };
}

export function answers(status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Completion {
  return (response) => { response.writeHead(status, headers).end(body); };
}
