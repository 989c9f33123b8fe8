import { Server, ServerCredentials, type sendUnaryData, type ServerDuplexStream, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { CodedEar, CODED_WORD_MS, codedSpeech, wordsOf } from '../../speech/coded-speech.js';
import { BreakableRelay } from './breakable-relay.js';
import { type ProviderFault, WELL } from './faults.js';
import {
  GARBAGE, type RecogniseRequest, type RecogniseResponse, type SpeakRequest, type SpeakResponse, SPEECH, type SynthesiseRequest, type SynthesiseResponse, VOICES,
} from './google-services.js';

/** From the server by way of the relay to the client: what was written has been read by then. */
const TURNS_TO_READ = 20;

const CHUNK_MS = 100;
/** How Google says what HTTP says with these. */
const STATUSES: ReadonlyMap<number, number> = new Map([
  [400, status.INVALID_ARGUMENT], [401, status.UNAUTHENTICATED], [403, status.PERMISSION_DENIED], [429, status.RESOURCE_EXHAUSTED], [503, status.UNAVAILABLE], [504, status.DEADLINE_EXCEEDED],
]);

type Recognition = ServerDuplexStream<RecogniseRequest, RecogniseResponse | Buffer>;
type Speaking = ServerDuplexStream<SpeakRequest, SpeakResponse | Buffer>;

/** Google's two speech services on the loopback: real gRPC with the SDKs' own protos, and coded speech for words. */
export class GoogleServer {
  fault: ProviderFault = WELL;
  /** A stream with more audio is broken, as theirs after 305 s. */
  limitMs = Infinity;
  /** First messages of the recognitions so far. */
  readonly configs: RecogniseRequest[] = [];
  readonly syntheses: (SynthesiseRequest | SpeakRequest)[] = [];
  /** Calls that are under way. */
  open = 0;
  /** Utterances that were sent to their end. */
  ended = 0;
  private readonly timers = new Set<NodeJS.Timeout>();
  private relay: BreakableRelay | null = null;

  private constructor(private readonly server: Server) {
    server.addService(SPEECH, { streamingRecognize: (call: Recognition) => { this.recognise(call); } });
    server.addService(VOICES, {
      streamingSynthesize: (call: Speaking) => { this.speak(call); },
      synthesizeSpeech: (call: ServerUnaryCall<SynthesiseRequest, SynthesiseResponse>, answer: sendUnaryData<SynthesiseResponse | Buffer>) => { this.synthesise(call, answer); },
    });
  }

  static async start(): Promise<GoogleServer> {
    const google = new GoogleServer(new Server());
    const port = await new Promise<number>((resolve, reject) => {
      google.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => { if (error === null) resolve(bound); else reject(error); });
    });
    google.relay = await BreakableRelay.start(port, () => google.fault.kind === 'refuse');
    return google;
  }

  get endpoint(): string {
    return `127.0.0.1:${this.relay?.port ?? 0}`;
  }

  get connections(): number {
    return this.relay?.connections ?? 0;
  }

  /** Breaks every connection there is. */
  breakAll(): void {
    this.relay?.breakAll();
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    await this.relay?.stop();
    this.server.forceShutdown();
  }

  private recognise(call: Recognition): void {
    const { fault } = this;
    this.follow(call);
    if (this.refuses((error) => call.emit('error', error))) return;
    let ear = new CodedEar(8000);
    let rateHz = 8000;
    let told = '';
    let samples = 0;
    const tell = (text: string, isFinal: boolean): void => {
      this.say(call, { results: [{ isFinal, alternatives: [{ transcript: text, confidence: isFinal ? 0.93 : 0 }] }] }, ear.words.length);
    };
    call.on('data', ({ streamingConfig, audioContent }: RecogniseRequest) => {
      if (streamingConfig) {
        this.configs.push({ streamingConfig });
        rateHz = streamingConfig.config?.sampleRateHertz ?? 0;
        ear = new CodedEar(rateHz);
        return;
      }
      const bytes = Buffer.from(audioContent as Uint8Array);
      if (bytes.length > 25_600) call.emit('error', { code: status.INVALID_ARGUMENT, details: 'Audio chunk can be of a a maximum of 25600 bytes' });
      ear.write(new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
      samples += bytes.length / 2;
      if ((samples * 1000) / rateHz > this.limitMs) call.emit('error', { code: status.OUT_OF_RANGE, details: 'Exceeded maximum allowed stream duration of 305 seconds.' });
      if (ear.text !== told) { told = ear.text; tell(told, false); }
      if (fault.kind === 'break-in-word' && ear.words.length >= fault.words) this.breakAll();
      if (fault.kind === 'close-in-word' && ear.words.length >= fault.words) call.end();
    });
    call.on('end', () => {
      this.ended += 1;
      const text = ear.end();
      if (text !== '') tell(text, true);
      if (fault.kind !== 'hang' && fault.kind !== 'half') this.later(() => { call.end(); });
    });
  }

  private say(call: Recognition, response: RecogniseResponse, words: number): void {
    const { fault } = this;
    if (fault.kind === 'hang' || fault.kind === 'quota' || (fault.kind === 'half' && words > fault.words)) return;
    this.later(() => { call.write(fault.kind === 'garbage' ? GARBAGE : response); });
  }

  private speak(call: Speaking): void {
    const { fault } = this;
    this.follow(call);
    if (this.refuses((error) => call.emit('error', error))) return;
    let rateHz = 8000;
    let text = '';
    call.on('data', (request: SpeakRequest) => {
      this.syntheses.push(request);
      rateHz = request.streamingConfig?.streamingAudioConfig?.sampleRateHertz ?? rateHz;
      text += request.input?.text ?? '';
    });
    call.on('end', () => {
      if (fault.kind === 'hang') return;
      if (fault.kind === 'garbage') { call.write(GARBAGE); return; }
      const audio = this.audible(text, rateHz);
      this.later(() => {
        const chunk = (CHUNK_MS * rateHz) / 1000;
        for (let at = 0; at < audio.length; at += chunk) call.write({ audioContent: bytesOf(audio.subarray(at, at + chunk)) });
        if (fault.kind === 'break-in-word') this.breakWhenRead();
        else if (fault.kind !== 'half') call.end();
      });
    });
  }

  private synthesise(call: ServerUnaryCall<SynthesiseRequest, SynthesiseResponse>, answer: sendUnaryData<SynthesiseResponse | Buffer>): void {
    const { fault } = this;
    const { request } = call;
    this.syntheses.push(request);
    this.follow(call);
    if (this.refuses((error) => { answer(error); })) return;
    if (fault.kind === 'hang' || fault.kind === 'half') return;
    if (fault.kind === 'break-in-word') { this.breakAll(); return; }
    if (fault.kind === 'garbage') { answer(null, GARBAGE); return; }
    const rateHz = request.audioConfig?.sampleRateHertz ?? 8000;
    const ssml = request.input?.ssml ?? '';
    const marks = [...ssml.matchAll(/<mark name="(?<name>\w+)"\/>/gu)].map(({ groups }) => groups?.['name'] ?? '');
    const audio = this.audible(request.input?.text ?? ssml.replace(/<[^>]*>/gu, '').replace(/&\w+;/gu, ' '), rateHz);
    const timepoints = marks.map((markName, index) => ({ markName, timeSeconds: (index * CODED_WORD_MS) / 1000 }));
    this.later(() => { answer(null, fault.kind === 'quota' ? {} : { audioContent: wavOf(audio, rateHz), timepoints }); });
  }

  private audible(text: string, rateHz: number): Int16Array {
    const { fault } = this;
    const audio = fault.kind === 'quota' ? new Int16Array(0) : codedSpeech(wordsOf(text).join(' '), rateHz);
    const words = fault.kind === 'half' ? fault.words : fault.kind === 'close-in-word' || fault.kind === 'break-in-word' ? fault.words + 0.3 : Infinity;
    return audio.subarray(0, Math.min(audio.length, Math.round((words * CODED_WORD_MS * rateHz) / 1000)));
  }

  /** True: the call is answered. */
  private refuses(answer: (error: { code: number; details: string }) => void): boolean {
    const { fault } = this;
    if (fault.kind === 'refuse') { this.breakAll(); return true; }
    if (fault.kind !== 'status') return false;
    answer({ code: STATUSES.get(fault.status) ?? status.UNKNOWN, details: `refused as HTTP would with ${fault.status}` });
    return true;
  }

  private follow(call: { on(event: 'close' | 'cancelled' | 'finish', act: () => void): unknown }): void {
    this.open += 1;
    let counted = true;
    const gone = (): void => {
      if (counted) this.open -= 1;
      counted = false;
    };
    for (const event of ['close', 'cancelled', 'finish'] as const) call.on(event, gone);
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

function bytesOf(samples: Int16Array): Buffer {
  return Buffer.from(samples.buffer.slice(samples.byteOffset, samples.byteOffset + samples.byteLength));
}

/** As LINEAR16 comes: with a WAV header. */
function wavOf(samples: Int16Array, rateHz: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rateHz, 24);
  header.writeUInt32LE(rateHz * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, bytesOf(samples)]);
}
