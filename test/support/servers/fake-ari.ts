/**
 * A fake Asterisk: REST and event socket of ARI as far as the gateway uses them, an inventory to look for leftovers,
 * the people at the other end of the lines, and every fault a network or an overloaded Asterisk has shown. Used by
 * tests, and by load benches with hundreds of calls.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { apiDocument } from './fake-ari-documents.js';
import { FakeFarEnd, type CallFields } from './fake-ari-far-end.js';
import { route, type RouteAnswer, type RouteRequest } from './fake-ari-routes.js';
import { FakeAriWorld, type WorldChannel } from './fake-ari-world.js';

export interface FakeRtpPeer {
  readonly host: string;
  readonly port: number;
  close(): void;
}

export interface FakeAriOptions {
  /** 0 takes any. */
  readonly port?: number;
  readonly version?: string;
  /** Whether a channel enters its application, or ends, before the request that caused it is answered. Asterisk does either. Default `before`. */
  readonly entry?: 'before' | 'after';
  /** With `after`: how long after. */
  readonly entryDelayMs?: number;
  /** Sends and receives the media of an ExternalMedia channel. Default: an address where nobody listens. */
  readonly openRtpPeer?: (request: { channelId: string; externalHost: string; format: string }) => Promise<FakeRtpPeer>;
  readonly extensions?: readonly string[];
  /** How often each event is sent. Default 1. */
  readonly eventCopies?: number;
}

/** `lost-answer`: the request is carried out and never answered. `hang`: it is not even carried out. */
export type FaultMode = 'hang' | 'lost-answer' | 'reset' | 'slow' | 'html' | 'allocation-failed' | 'unavailable';

export interface Fault {
  readonly mode: FaultMode;
  /** Of `POST channels/externalMedia`. Default: every request. */
  readonly match?: RegExp;
  /** Default: for ever, until removed. */
  times?: number;
  readonly delayMs?: number;
}

export const FAKE_ARI_USER = 'gateway';
export const FAKE_ARI_PASSWORD = 'fake-secret';
const AUTHORIZATION = `Basic ${Buffer.from(`${FAKE_ARI_USER}:${FAKE_ARI_PASSWORD}`).toString('base64')}`;
const REQUESTS_KEPT_MAX = 5000;
const SLOW_MS = 500;
const FROZEN: Fault = { mode: 'hang' };

export class FakeAri {
  readonly world: FakeAriWorld;
  /** The people at the other end. */
  readonly farEnd: FakeFarEnd;
  /** The latest requests, `POST channels/1.2/answer`, without queries. */
  readonly requests: string[] = [];
  readonly faults: Fault[] = [];
  /** Called before a request is carried out, and after it, before the answer: to let things happen just then. */
  hooks: { before?: (request: string) => void; after?: (request: string, query: URLSearchParams) => void } = {};
  private readonly http: Server;
  private readonly sockets = new Set<Socket>();
  private readonly eventSockets = new Map<string, WebSocket>();
  private readonly webSockets: WebSocketServer;
  private readonly rtpPeers = new Map<string, FakeRtpPeer>();
  private readonly timers = new Set<NodeJS.Timeout>();
  /** Connections since the start. */
  connectionsAccepted = 0;
  private port = 0;

  private constructor(private readonly options: FakeAriOptions) {
    this.world = new FakeAriWorld((app, event) => { this.send(app, event); }, (id) => { this.closeRtp(id); });
    this.farEnd = new FakeFarEnd(this.world);
    this.http = createServer((request, response) => { void this.serve(request, response); });
    this.http.on('connection', (socket) => {
      this.connectionsAccepted += 1;
      this.sockets.add(socket);
      socket.on('close', () => { this.sockets.delete(socket); });
      socket.on('error', () => undefined); // a client that resets is a client that is gone
    });
    this.webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    this.http.on('upgrade', (request, socket, head) => { this.upgrade(request, socket, head); });
  }

  static async start(options: FakeAriOptions = {}): Promise<FakeAri> {
    const ari = new FakeAri(options);
    await ari.comeBack(options.port ?? 0);
    return ari;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}/ari`;
  }

  /** A call rings in the application, as our dialplan hands it over. */
  call(app: string, fields: CallFields = {}): WorldChannel {
    return this.farEnd.calls(app, fields);
  }

  /** What the dialplan makes of a caller in a queue: `status` sends him back with that QUEUESTATUS; null: a member has taken the call. */
  leavesQueue(channel: WorldChannel, status: string | null): void {
    this.later(0, () => {
      if (status === null) this.world.isTaken(channel);
      else this.world.enter(channel, channel.variables['RETURN_APP'] ?? '', ['did=4930555001', `returned=${status}`]);
    });
  }

  get leftovers(): { channels: readonly string[]; bridges: readonly string[] } {
    return { channels: [...this.world.channels.keys()], bridges: [...this.world.bridges.keys()] };
  }

  isRegistered(app: string): boolean {
    return this.eventSockets.has(app);
  }

  get connectionCount(): number {
    return this.sockets.size;
  }

  /** Any text, as if Asterisk had sent it. */
  sendRaw(app: string, text: string): void {
    this.eventSockets.get(app)?.send(text);
  }

  dropEventSockets(): void {
    for (const socket of this.eventSockets.values()) socket.terminate();
  }

  /** The peer is frozen or the network is cut: sockets stay open and nothing answers, pings neither. */
  freeze(): void {
    for (const socket of this.eventSockets.values()) socket.pause();
    this.faults.unshift(FROZEN);
  }

  unfreeze(): void {
    for (const socket of this.eventSockets.values()) socket.resume();
    if (this.faults.includes(FROZEN)) this.faults.splice(this.faults.indexOf(FROZEN), 1);
  }

  /** Stops listening and drops every connection. Channels and bridges stay, unless `forget`. */
  async goAway(options: { forget?: boolean } = {}): Promise<void> {
    const closed = new Promise<void>((resolve) => { this.http.close(() => { resolve(); }); });
    for (const socket of this.sockets) socket.destroy();
    this.eventSockets.clear();
    await closed;
    if (options.forget === true) this.forget();
  }

  async comeBack(port = this.port): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, '127.0.0.1', () => { resolve(); });
    });
    this.http.removeAllListeners('error');
    this.port = (this.http.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.unfreeze();
    await this.goAway({ forget: true });
  }

  private forget(): void {
    for (const id of [...this.rtpPeers.keys()]) this.closeRtp(id);
    this.world.channels.clear();
    this.world.bridges.clear();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const url = new URL(request.url ?? '/', this.url);
    const path = url.pathname.replace(/^\/ari\//, '');
    const name = `${request.method ?? ''} ${path}`;
    if (this.requests.push(name) > REQUESTS_KEPT_MAX) this.requests.shift();
    if (request.headers.authorization !== AUTHORIZATION) {
      answer(response, { status: 401, json: { message: 'Authentication required' } });
      return;
    }
    const fault = this.faultFor(name);
    if (fault && await this.fail(fault, response)) return;
    const document = apiDocument(path, this.url);
    if (document) { answer(response, { status: 200, json: document }); return; }
    await this.carryOut(name, { method: request.method ?? '', segments: path.split('/').map(decodeURIComponent), query: url.searchParams, body }, fault?.mode === 'lost-answer' ? undefined : response);
  }

  private async carryOut(name: string, request: RouteRequest, response: ServerResponse | undefined): Promise<void> {
    this.hooks.before?.(name);
    const result = await route({
      world: this.world, version: this.options.version ?? '22.10.1', extensions: new Set(this.options.extensions ?? ['transfers,person', 'transfers,queue-support']),
      applicationExists: (app) => this.isRegistered(app),
      openMedia: (media) => this.openRtp(media),
      dialled: (channel) => { this.farEnd.isCalled(channel); },
    }, request);
    const { afterwards } = result;
    if (this.options.entry !== 'after') afterwards?.();
    this.hooks.after?.(name, request.query);
    if (response) answer(response, result);
    if (this.options.entry === 'after' && afterwards) this.later(this.options.entryDelayMs ?? 0, afterwards);
  }

  private faultFor(name: string): Fault | undefined {
    const fault = this.faults.find(({ match, times }) => (match?.test(name) ?? true) && times !== 0);
    if (fault?.times !== undefined) fault.times -= 1;
    return fault;
  }

  /** @returns whether the request is over. */
  private async fail(fault: Fault, response: ServerResponse): Promise<boolean> {
    switch (fault.mode) {
      case 'hang': return true;
      case 'lost-answer': return false;
      case 'slow':
        await new Promise<void>((resolve) => { this.later(fault.delayMs ?? SLOW_MS, resolve); });
        return false;
      case 'reset':
        response.socket?.resetAndDestroy();
        return true;
      case 'html':
        response.writeHead(200, { 'content-type': 'application/json' }).end('<html><body>502 Bad Gateway</body></html>');
        return true;
      case 'allocation-failed':
        answer(response, { status: 500, json: { error: 'Allocation failed' } });
        return true;
      case 'unavailable':
        response.writeHead(503).end('busy');
        return true;
    }
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const app = new URL(request.url ?? '/', this.url).searchParams.get('app') ?? '';
    if (request.headers.authorization !== AUTHORIZATION) { socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'); return; }
    if (this.faultFor('GET events')) { socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'); return; }
    this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.eventSockets.get(app)?.send(JSON.stringify({ type: 'ApplicationReplaced', application: app }));
      this.eventSockets.set(app, webSocket);
      webSocket.on('error', () => undefined);
      webSocket.on('close', () => { if (this.eventSockets.get(app) === webSocket) this.eventSockets.delete(app); });
    });
  }

  private send(app: string, event: object): void {
    const text = JSON.stringify({ timestamp: '2026-11-20T12:00:00.000+0000', asterisk_id: '00:00:00:00:00:00', application: app, ...event });
    for (let copy = 0; copy < (this.options.eventCopies ?? 1); copy += 1) this.eventSockets.get(app)?.send(text);
  }

  private async openRtp(request: { channelId: string; externalHost: string; format: string }): Promise<{ host: string; port: number }> {
    const peer = await this.options.openRtpPeer?.(request);
    if (!peer) return { host: '127.0.0.1', port: 9 };
    this.rtpPeers.set(request.channelId, peer);
    return peer;
  }

  private closeRtp(channelId: string): void {
    this.rtpPeers.get(channelId)?.close();
    this.rtpPeers.delete(channelId);
  }

  private later(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, delayMs);
    this.timers.add(timer);
  }
}

function answer(response: ServerResponse, { status, json }: RouteAnswer): void {
  const text = json === undefined ? '' : JSON.stringify(json);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}
