import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { CODED_WORD_MS, codedSpeech, sayable } from '../../speech/coded-speech.js';
import { type ProviderFault, WELL } from './faults.js';

/** A websocket that was let in, with the fault that reigned then. */
export interface ProviderLine {
  readonly ws: WebSocket;
  readonly url: URL;
  readonly fault: ProviderFault;
  /** Late when the provider is slow, else at once. */
  readonly later: (act: () => void) => void;
}

/** A request by HTTP, its body read. */
export interface ProviderRequest {
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** What all loopback providers by websocket and HTTP share: who is let in, faults at the door, and freeing everything at the end. */
export abstract class ProviderServer {
  fault: ProviderFault = WELL;
  /** Addresses of the connections and requests so far. */
  readonly visits: URL[] = [];
  private readonly sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => offered.values().next().value ?? false });
  private readonly tcp = new Set<Duplex>();
  private readonly timers = new Set<NodeJS.Timeout>();

  protected constructor(private readonly server: Server = createServer()) {
    server.on('connection', (socket) => {
      this.tcp.add(socket);
      socket.on('close', () => { this.tcp.delete(socket); });
    });
    server.on('upgrade', (request, socket, head) => { this.upgrade(request, socket, head); });
    server.on('request', (request, response) => { void this.serve(request, response); });
  }

  protected abstract authorised(request: IncomingMessage): boolean;

  /** A websocket is open. */
  protected abstract meet(line: ProviderLine): void;

  protected answer({ url }: ProviderRequest, response: ServerResponse, fault: ProviderFault): void {
    response.writeHead(404).end(`nothing at ${url.pathname} (${fault.kind})`);
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => { this.server.listen(0, '127.0.0.1', resolve); });
    return this;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Websockets that are open. */
  get connections(): number {
    return this.sockets.clients.size;
  }

  /** Streams that are open: one by each websocket. */
  get open(): number {
    return this.connections;
  }

  /** Breaks every connection there is. */
  breakAll(): void {
    for (const socket of this.tcp) socket.destroy();
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.breakAll();
    await new Promise((resolve) => { this.server.close(resolve); });
  }

  protected later(fault: ProviderFault, act: () => void): void {
    if (fault.kind !== 'slow') { act(); return; }
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, fault.delayMs);
    this.timers.add(timer);
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { fault } = this;
    const url = new URL(request.url ?? '/', this.url);
    this.visits.push(url);
    const status = this.statusFor(request);
    if (fault.kind === 'refuse') { socket.destroy(); return; }
    if (status !== null) {
      const retry = fault.kind === 'status' && fault.retryAfterS !== undefined ? `retry-after: ${fault.retryAfterS}\r\n` : '';
      socket.end(`HTTP/1.1 ${status} refused\r\n${retry}content-length: 0\r\n\r\n`);
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (ws) => {
      this.meet({ ws, url, fault, later: (act) => { this.later(fault, act); } });
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { fault } = this;
    const url = new URL(request.url ?? '/', this.httpUrl);
    this.visits.push(url);
    if (fault.kind === 'refuse') { request.socket.destroy(); return; }
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      return; // the client went in the middle of its request
    }
    // A kept connection that nobody uses is no leak of the test: the client's own does not count either.
    request.socket.unref();
    const status = this.statusFor(request);
    if (status === null) { this.answer({ url, headers: request.headers, body: Buffer.concat(parts) }, response, fault); return; }
    const retry: Record<string, string> = fault.kind === 'status' && fault.retryAfterS !== undefined ? { 'retry-after': String(fault.retryAfterS) } : {};
    response.writeHead(status, { 'content-type': 'application/json', ...retry }).end('{"error":{"message":"refused"}}');
  }

  private statusFor(request: IncomingMessage): number | null {
    if (this.fault.kind === 'status') return this.fault.status;
    return this.authorised(request) ? null : 401;
  }
}

/** What a faulty provider says of a text: all of it, its beginning, or nothing. */
export function audibleSpeech(text: string, rateHz: number, fault: ProviderFault): Int16Array {
  if (fault.kind === 'quota') return new Int16Array(0);
  const audio = codedSpeech(sayable(text), rateHz);
  const words = fault.kind === 'half' ? fault.words : fault.kind === 'close-in-word' || fault.kind === 'break-in-word' ? fault.words + 0.4 : Infinity;
  return audio.subarray(0, Math.min(audio.length, Math.round((words * CODED_WORD_MS * rateHz) / 1000)));
}

/** Tells a recogniser's client something, as far as the fault lets it. */
export function tell({ ws, fault, later }: ProviderLine, message: object): void {
  if (fault.kind === 'hang' || fault.kind === 'quota') return;
  later(() => { ws.send(fault.kind === 'garbage' ? 'x'.repeat(40) : JSON.stringify(message)); });
}

/** Ends a recogniser's connection in the middle of a word, where the fault says so. */
export function endInWord({ ws, fault }: ProviderLine, wordsHeard: number): void {
  if (fault.kind === 'break-in-word' && wordsHeard >= fault.words) ws.terminate();
  if (fault.kind === 'close-in-word' && wordsHeard >= fault.words) ws.close(1011, 'internal error');
}

export function bytesOf(samples: Int16Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

export function samplesOf(bytes: Buffer): Int16Array {
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length - (bytes.length % 2)));
}
