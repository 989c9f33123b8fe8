import { createServer, type Http2Server, type Http2ServerRequest, type Http2ServerResponse, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { CodedEar, CODED_WORD_MS, codedSpeech, wordsOf } from '../../speech/coded-speech.js';
import { audioOf, eventFrame, exceptionFrame, FrameSplitter } from './event-stream-frames.js';
import { BreakableRelay } from './breakable-relay.js';
import { type ProviderFault, WELL } from './faults.js';

/** From the server by way of the relay to the client: what was written has been read by then. */
const TURNS_TO_READ = 20;

export const AWS_KEY = 'AKIDLOOPBACK';
const CHUNK_MS = 100;

/** How AWS names what HTTP says with these. */
const ERRORS: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequestException'], [401, 'UnrecognizedClientException'], [403, 'AccessDeniedException'], [429, 'LimitExceededException'], [503, 'ServiceUnavailableException'],
]);

/** What Polly is asked for, as its REST API takes it. */
export interface PollyRequest {
  readonly Text: string;
  readonly OutputFormat: string;
  readonly SampleRate: string;
  readonly VoiceId: string;
  readonly Engine?: string;
  readonly SpeechMarkTypes?: readonly string[];
}

/** Amazon's two speech services on the loopback: Transcribe's event stream and Polly's REST, both over HTTP/2 as the SDK speaks it, with coded speech for words. */
export class AwsServer {
  fault: ProviderFault = WELL;
  /** What becomes of requests for speech marks. */
  marks: 'well' | 'refused' | 'hang' = 'well';
  /** Transcribe says the fault of a status as an event in the stream, after 200. */
  lateErrors = false;
  readonly transcriptions: IncomingHttpHeaders[] = [];
  readonly syntheses: PollyRequest[] = [];
  /** Requests that are under way. */
  open = 0;
  /** Utterances that were sent to their end. */
  ended = 0;
  private readonly sockets = new Set<Socket>();
  private readonly timers = new Set<NodeJS.Timeout>();
  /** In front of Polly. */
  private relay: BreakableRelay | null = null;

  private constructor(private readonly transcribe: Http2Server, private readonly polly: Http2Server) {
    for (const server of [transcribe, polly]) {
      server.on('connection', (socket: Socket) => { this.keep(socket); });
      server.on('sessionError', () => undefined); // the ends of broken connections
    }
    polly.on('connection', () => { if (this.fault.kind === 'garbage') this.relay?.mutter('HTTP/1.1 400 Bad Request\r\n\r\n'); }); // no frame of HTTP/2
    transcribe.on('stream', (stream, headers) => { this.recognise(stream, headers); });
    polly.on('request', (request, response) => { void this.speak(request, response); });
  }

  static async start(): Promise<AwsServer> {
    const aws = new AwsServer(createServer(), createServer());
    for (const server of [aws.transcribe, aws.polly]) await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    aws.relay = await BreakableRelay.start((aws.polly.address() as AddressInfo).port, () => aws.fault.kind === 'refuse');
    return aws;
  }

  get transcribeEndpoint(): string {
    return `http://127.0.0.1:${(this.transcribe.address() as AddressInfo).port}`;
  }

  get pollyEndpoint(): string {
    return `http://127.0.0.1:${this.relay?.port ?? 0}`;
  }

  get connections(): number {
    return this.sockets.size;
  }

  /** Breaks every connection there is. */
  breakAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.breakAll();
    await this.relay?.stop();
    for (const server of [this.transcribe, this.polly]) await new Promise((resolve) => { server.close(resolve); });
  }

  private keep(socket: Socket): void {
    if (this.fault.kind === 'refuse') { socket.destroy(); return; }
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => { this.sockets.delete(socket); });
  }

  private recognise(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const { fault } = this;
    this.transcriptions.push(headers);
    this.follow(stream);
    stream.on('error', () => undefined);
    const status = fault.kind === 'status' ? fault.status : String(headers.authorization).includes(`Credential=${AWS_KEY}/`) ? 200 : 403;
    const error = ERRORS.get(status) ?? 'InternalFailureException';
    if (status !== 200 && !this.lateErrors) {
      stream.respond({ ':status': status, 'content-type': 'application/json', 'x-amzn-errortype': error });
      stream.end(JSON.stringify({ Message: 'refused' }));
      return;
    }
    if (fault.kind !== 'hang') stream.respond({ ':status': 200, 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-transcribe-session-id': 'loopback' });
    if (status !== 200) { stream.end(exceptionFrame(error, 'refused')); return; }
    this.hear(stream, Number(headers['x-amzn-transcribe-sample-rate']));
  }

  private hear(stream: ServerHttp2Stream, rateHz: number): void {
    const { fault } = this;
    const ear = new CodedEar(rateHz);
    const frames = new FrameSplitter();
    let told = '';
    stream.on('data', (bytes: Buffer) => {
      for (const frame of frames.take(bytes)) {
        const audio = audioOf(frame);
        if (audio === null) { this.finish(stream, ear); return; }
        ear.write(new Int16Array(audio.buffer.slice(audio.byteOffset, audio.byteOffset + audio.length)));
        if (ear.text !== told) { told = ear.text; this.tell(stream, told, true); }
        if (fault.kind === 'break-in-word' && ear.words.length >= fault.words) this.breakAll();
        if (fault.kind === 'close-in-word' && ear.words.length >= fault.words && !stream.writableEnded) stream.end();
      }
    });
  }

  private finish(stream: ServerHttp2Stream, ear: CodedEar): void {
    this.ended += 1;
    const text = ear.end();
    if (text !== '') this.tell(stream, text, false);
    if (this.fault.kind !== 'hang' && this.fault.kind !== 'half') this.later(() => { stream.end(); });
  }

  private tell(stream: ServerHttp2Stream, text: string, isPartial: boolean): void {
    const { fault } = this;
    const words = text.split(' ');
    if (fault.kind === 'hang' || fault.kind === 'quota' || (fault.kind === 'half' && words.length > fault.words)) return;
    const items = words.map((word) => ({ Content: word, Type: 'pronunciation', Confidence: 0.93 }));
    const frame = eventFrame('TranscriptEvent', { Transcript: { Results: [{ ResultId: '1', IsPartial: isPartial, Alternatives: [{ Transcript: text, ...isPartial ? {} : { Items: items } }] }] } });
    if (fault.kind === 'garbage') frame[frame.length - 1]! ^= 0xff; // its checksum is wrong
    this.later(() => { if (!stream.destroyed && !stream.writableEnded) stream.write(frame); });
  }

  private async speak(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const { fault } = this;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const asked = JSON.parse(Buffer.concat(parts).toString('utf8')) as PollyRequest;
    this.syntheses.push(asked);
    this.follow(response);
    const wantsMarks = asked.OutputFormat === 'json';
    const status = fault.kind === 'status' ? fault.status : !(request.headers.authorization ?? '').includes(`Credential=${AWS_KEY}/`) ? 403 : wantsMarks && this.marks === 'refused' ? 400 : 200;
    if (status !== 200) {
      response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': ERRORS.get(status) ?? 'InternalFailure' }).end(JSON.stringify({ message: 'refused' }));
      return;
    }
    if (fault.kind === 'hang' || (wantsMarks && this.marks === 'hang')) return;
    this.later(() => { if (wantsMarks) tellMarks(response, asked); else this.sendAudio(response, asked); });
  }

  private sendAudio(response: Http2ServerResponse, { Text: text, SampleRate: rate }: PollyRequest): void {
    const { fault } = this;
    const rateHz = Number(rate);
    const whole = fault.kind === 'quota' ? new Int16Array(0) : codedSpeech(wordsOf(text).join(' '), rateHz);
    const words = fault.kind === 'half' ? fault.words : fault.kind === 'close-in-word' || fault.kind === 'break-in-word' ? fault.words + 0.3 : Infinity;
    const audio = whole.subarray(0, Math.min(whole.length, Math.round((words * CODED_WORD_MS * rateHz) / 1000)));
    response.writeHead(200, { 'content-type': 'audio/pcm' });
    const chunk = (CHUNK_MS * rateHz) / 1000 + 0.5; // pieces of an odd number of bytes
    const bytes = Buffer.from(audio.buffer.slice(audio.byteOffset, audio.byteOffset + audio.byteLength));
    for (let at = 0; at < bytes.length; at += chunk * 2) response.write(bytes.subarray(at, at + chunk * 2));
    if (fault.kind === 'break-in-word') this.breakWhenRead();
    else if (fault.kind !== 'half') response.end();
  }

  private follow(one: { on(event: 'close', act: () => void): unknown }): void {
    this.open += 1;
    one.on('close', () => { this.open -= 1; });
  }

  private later(act: () => void): void {
    if (this.fault.kind === 'slow') this.soon(act, this.fault.delayMs);
    else act();
  }

  /** Turns of the event loop, not time: each looks at every socket once, and a busy machine makes few of them in 20 ms. */
  private breakWhenRead(turnsLeft = TURNS_TO_READ): void {
    this.soon(() => { if (turnsLeft === 0) this.breakAll(); else this.breakWhenRead(turnsLeft - 1); }, 1);
  }

  private soon(act: () => void, afterMs = 20): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, afterMs);
    this.timers.add(timer);
  }
}

function tellMarks(response: Http2ServerResponse, { Text: text }: PollyRequest): void {
  const marks = [...text.matchAll(/[a-z]+/giu)].map(({ 0: value, index: start }, place) => ({ time: place * CODED_WORD_MS, type: 'word', start, end: start + value.length, value }));
  response.writeHead(200, { 'content-type': 'application/x-json-stream' }).end(marks.map((mark) => JSON.stringify(mark)).join('\n'));
}
