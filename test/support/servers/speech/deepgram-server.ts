import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { CodedEar, CODED_WORD_MS, codedSpeech, sayable } from '../../speech/coded-speech.js';
import { type ProviderFault, WELL } from './faults.js';

export const DEEPGRAM_KEY = 'loopback-key';
const CHUNK_MS = 100;

/** Deepgram on the loopback: /v1/listen and /v1/speak as their documentation and public clients show them, with coded speech for words. */
export class DeepgramServer {
  fault: ProviderFault = WELL;
  /** Query strings of the connections so far. */
  readonly queries: URLSearchParams[] = [];
  /** Control messages received, by type. */
  readonly received: string[] = [];
  private readonly sockets = new WebSocketServer({ noServer: true });
  private readonly tcp = new Set<Duplex>();
  private readonly timers = new Set<NodeJS.Timeout>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.tcp.add(socket);
      socket.on('close', () => { this.tcp.delete(socket); });
    });
    server.on('upgrade', (request, socket, head) => { this.upgrade(request, socket, head); });
  }

  static async start(): Promise<DeepgramServer> {
    const server = createServer((_request, response) => { response.writeHead(404).end(); });
    const deepgram = new DeepgramServer(server);
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    return deepgram;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.sockets.clients.size;
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

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { fault } = this;
    const url = new URL(request.url ?? '/', this.url);
    this.queries.push(url.searchParams);
    const status = fault.kind === 'status' ? fault.status : request.headers.authorization === `Token ${DEEPGRAM_KEY}` ? 101 : 401;
    if (fault.kind === 'refuse') { socket.destroy(); return; }
    if (status !== 101) {
      const retry = fault.kind === 'status' && fault.retryAfterS !== undefined ? `retry-after: ${fault.retryAfterS}\r\n` : '';
      socket.end(`HTTP/1.1 ${status} refused\r\n${retry}content-length: 0\r\n\r\n`);
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (ws) => {
      const line: Line = { ws, rateHz: Number(url.searchParams.get('sample_rate')), fault, later: (act) => { this.later(fault, act); } };
      if (url.pathname === '/v1/listen') this.listen(line);
      else this.speak(line);
    });
  }

  private later(fault: ProviderFault, act: () => void): void {
    if (fault.kind !== 'slow') { act(); return; }
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, fault.delayMs);
    this.timers.add(timer);
  }

  private listen(line: Line): void {
    let ear = new CodedEar(line.rateHz);
    let told = '';
    const tell = (fields: object, text: string): void => {
      const results = { type: 'Results', channel: { alternatives: [{ transcript: text, confidence: text === '' ? 0 : 0.93, words: [] }] }, speech_final: false, ...fields };
      say(line, results);
    };
    line.ws.on('message', (data, isBinary) => {
      if (isBinary) {
        const bytes = data as Buffer;
        ear.write(new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
        if (ear.text !== told) { told = ear.text; tell({ is_final: false }, told); }
        endsInWord(line, ear.words.length);
        return;
      }
      const { type } = JSON.parse((data as Buffer).toString('utf8')) as { type: string };
      this.received.push(type);
      if (type === 'Finalize') {
        tell({ is_final: true, from_finalize: true }, ear.end());
        ear = new CodedEar(line.rateHz);
        told = '';
      }
      if (type === 'CloseStream') line.ws.close(1000);
    });
  }

  private speak(line: Line): void {
    let text = '';
    line.ws.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString('utf8')) as { type: string; text?: string };
      this.received.push(message.type);
      if (message.type === 'Speak') text += ` ${message.text ?? ''}`;
      if (message.type === 'Flush') this.render(line, text);
      if (message.type === 'Close') line.ws.close(1000);
    });
  }

  private render(line: Line, text: string): void {
    const { fault, ws, rateHz } = line;
    if (fault.kind === 'hang') return;
    if (fault.kind === 'garbage') { ws.send('{"never":'); return; }
    const audio = fault.kind === 'quota' ? new Int16Array(0) : codedSpeech(sayable(text), rateHz);
    const words = fault.kind === 'half' ? fault.words : fault.kind === 'close-in-word' || fault.kind === 'break-in-word' ? fault.words + 0.4 : Infinity;
    const audible = audio.subarray(0, Math.min(audio.length, Math.round((words * CODED_WORD_MS * rateHz) / 1000)));
    line.later(() => {
      for (let at = 0; at < audible.length; at += (CHUNK_MS * rateHz) / 1000) {
        const chunk = audible.subarray(at, at + (CHUNK_MS * rateHz) / 1000);
        ws.send(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      }
      if (fault.kind === 'close-in-word') ws.close(1000);
      else if (fault.kind === 'break-in-word') setImmediate(() => { ws.terminate(); });
      else if (fault.kind !== 'half') ws.send(JSON.stringify({ type: 'Flushed', sequence_id: 0 }));
    });
  }
}

interface Line {
  readonly ws: WebSocket;
  readonly rateHz: number;
  readonly fault: ProviderFault;
  readonly later: (act: () => void) => void;
}

function say({ ws, fault, later }: Line, message: object): void {
  if (fault.kind === 'hang' || fault.kind === 'quota') return;
  later(() => { ws.send(fault.kind === 'garbage' ? 'x'.repeat(40) : JSON.stringify(message)); });
}

function endsInWord({ ws, fault }: Line, wordsHeard: number): void {
  if (fault.kind === 'break-in-word' && wordsHeard >= fault.words) ws.terminate();
  if (fault.kind === 'close-in-word' && wordsHeard >= fault.words) ws.close(1011, 'internal error');
}
