import { type sendUnaryData, Server, ServerCredentials, type ServerDuplexStream, type ServerUnaryCall, type ServerWritableStream, status } from '@grpc/grpc-js';
import { HealthCheckResponse_ServingStatus as Serving, type HealthCheckRequest, type HealthCheckResponse, HealthService } from '../../../../src/adapters/grpc/generated/grpc/health/v1/health.js';
import { AudioEncoding } from '../../../../src/adapters/grpc/generated/voicegateway/speech/v1/audio.js';
import { type RecogniseRequest, type RecogniseResponse, type RecognitionConfig, RecognitionService } from '../../../../src/adapters/grpc/generated/voicegateway/speech/v1/recognition.js';
import { type SynthesiseRequest, type SynthesiseResponse, SynthesisService } from '../../../../src/adapters/grpc/generated/voicegateway/speech/v1/synthesis.js';
import { type DetectRequest, VoiceActivityService } from '../../../../src/adapters/grpc/generated/voicegateway/speech/v1/voice_activity.js';
import { CodedEar, CODED_WORD_MS, codedSpeech, sayable, wordsOf } from '../../speech/coded-speech.js';
import { BreakableRelay } from './breakable-relay.js';
import { CodedDetection, type Detection, type DetectionAnswer } from './coded-detection.js';
import { type ProviderFault, WELL } from './faults.js';
import { refusalOf } from './grpc-refusal.js';

/** From the server by way of the relay to the client: what was written has been read by then. */
const TURNS_TO_READ = 20;

export const ONPREM_TOKEN = 'loopback-token';
const CHUNK_MS = 100;
/** Bytes that are no protobuf, sent instead of a message. */
const GARBAGE = Buffer.from([0xff, 0xff, 0xff, 0xff]);

type Recognition = ServerDuplexStream<RecogniseRequest, RecogniseResponse | Buffer>;
type Speaking = ServerWritableStream<SynthesiseRequest, SynthesiseResponse | Buffer>;

/** Recognition, Synthesis and VoiceActivity of proto/voicegateway/speech/v1 on the loopback, with coded speech for words. */
export class OnpremServer {
  fault: ProviderFault = WELL;
  serving: Serving = Serving.SERVING;
  /** What it speaks at, whatever is asked for. */
  speaksAtHz: number | null = null;
  /** False: a speech that is done is left open. */
  endsSpeech = true;
  /** What detection says to the first audio, instead of judging it. */
  detects: readonly DetectionAnswer[] | null = null;
  readonly configs: RecognitionConfig[] = [];
  readonly checks: string[] = [];
  /** Calls that are under way. */
  open = 0;
  private readonly timers = new Set<NodeJS.Timeout>();
  private relay: BreakableRelay | null = null;

  private constructor(private readonly server: Server) {
    const { recognise } = RecognitionService;
    const { synthesise } = SynthesisService;
    const { detect } = VoiceActivityService;
    const orGarbage = <Message>(serialise: (message: Message) => Buffer) => (message: Message | Buffer): Buffer => (Buffer.isBuffer(message) ? message : serialise(message));
    server.addService({ recognise: { ...recognise, responseSerialize: orGarbage(recognise.responseSerialize) } }, { recognise: (call: Recognition) => { this.recognise(call); } });
    server.addService({ synthesise: { ...synthesise, responseSerialize: orGarbage(synthesise.responseSerialize) } }, { synthesise: (call: Speaking) => { this.speak(call); } });
    server.addService({ detect: { ...detect, responseSerialize: orGarbage(detect.responseSerialize) } }, { detect: (call: Detection) => { this.detect(call); } });
    server.addService(HealthService, {
      check: ({ request }: ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>, answer: sendUnaryData<HealthCheckResponse>) => {
        this.checks.push(request.service);
        answer(null, { status: this.serving });
      },
      watch: (call: ServerWritableStream<HealthCheckRequest, HealthCheckResponse>) => { call.emit('error', { code: status.UNIMPLEMENTED, details: 'not here' }); },
    });
  }

  static async start(credentials = ServerCredentials.createInsecure()): Promise<OnpremServer> {
    const onprem = new OnpremServer(new Server());
    const port = await new Promise<number>((resolve, reject) => {
      onprem.server.bindAsync('127.0.0.1:0', credentials, (error, bound) => { if (error === null) resolve(bound); else reject(error); });
    });
    onprem.relay = await BreakableRelay.start(port, () => onprem.fault.kind === 'refuse');
    return onprem;
  }

  get authority(): string {
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
    this.follow(call);
    if (this.refuses(call)) return;
    const recognition = new CodedRecognition({
      call, fault: this.fault, later: (act) => { this.later(act); }, onConfig: (config) => { this.configs.push(config); }, breakSoon: () => { this.breakWhenRead(); },
    });
    call.on('data', ({ request }: RecogniseRequest) => { recognition.take(request); });
    call.on('end', () => { call.end(); });
  }

  private detect(call: Detection): void {
    this.follow(call);
    if (this.refuses(call)) return;
    const detection = new CodedDetection({
      call, fault: () => this.fault, wordMs: CODED_WORD_MS, garbage: GARBAGE, script: this.detects, later: (act) => { this.later(act); }, breakSoon: () => { this.breakWhenRead(); },
    });
    call.on('data', ({ request }: DetectRequest) => { detection.take(request); });
    call.on('end', () => { call.end(); });
  }

  private speak(call: Speaking): void {
    const { fault } = this;
    this.follow(call);
    if (this.refuses(call) || fault.kind === 'hang') return;
    if (fault.kind === 'garbage') { call.write(GARBAGE); return; }
    const { text, format } = call.request;
    const sampleRateHz = this.speaksAtHz ?? format?.sampleRateHz ?? 8000;
    const audio = fault.kind === 'quota' ? new Int16Array(0) : audible(text, sampleRateHz, fault);
    this.later(() => {
      const chunk = (CHUNK_MS * sampleRateHz) / 1000;
      for (let at = 0; at < audio.length; at += chunk) {
        const fromMs = (at * 1000) / sampleRateHz;
        const content = Buffer.from(audio.slice(at, at + chunk).buffer);
        const begin = timesOf(wordsOf(text)).filter(({ startMs }) => startMs >= fromMs && startMs < fromMs + CHUNK_MS);
        call.write({ response: { $case: 'piece', value: { audio: { format: { encoding: AudioEncoding.AUDIO_ENCODING_LINEAR16, sampleRateHz }, content }, words: begin } } });
      }
      if (fault.kind === 'break-in-word') { this.breakWhenRead(); return; }
      if (fault.kind === 'half') return;
      if (fault.kind !== 'close-in-word') call.write({ response: { $case: 'done', value: {} } });
      if (this.endsSpeech) call.end();
    });
  }

  /** True: the call is answered. */
  private refuses(call: Recognition | Speaking | Detection): boolean {
    const { fault } = this;
    if (fault.kind === 'refuse') { this.breakAll(); return true; }
    const authorised = call.metadata.get('authorization')[0] === `Bearer ${ONPREM_TOKEN}`;
    if (authorised && fault.kind !== 'status') return false;
    call.emit('error', refusalOf(fault.kind === 'status' ? fault : { kind: 'status', status: 401 }));
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

  private soon(act: () => void, afterMs = 50): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, afterMs);
    this.timers.add(timer);
  }
}

interface RecognitionParts {
  readonly call: Recognition;
  readonly fault: ProviderFault;
  readonly later: (act: () => void) => void;
  readonly onConfig: (config: RecognitionConfig) => void;
  readonly breakSoon: () => void;
}

/** One stream of a caller. */
class CodedRecognition {
  private ear = new CodedEar(8000);
  private rateHz = 8000;
  private told = '';
  private utteranceId = 0;
  private broken = false;

  constructor(private readonly parts: RecognitionParts) {}

  take(request: RecogniseRequest['request']): void {
    if (this.broken) return;
    switch (request?.$case) {
      case 'config':
        this.parts.onConfig(request.value);
        this.rateHz = request.value.format?.sampleRateHz ?? 0;
        this.tell({ $case: 'ready', value: {} });
        break;
      case 'utteranceBegin':
        this.ear = new CodedEar(this.rateHz);
        this.told = '';
        ({ utteranceId: this.utteranceId } = request.value);
        break;
      case 'audio': this.hear(samplesOf(request.value.content)); break;
      case 'utteranceEnd': this.tellFinal(request.value.utteranceId); break;
      case undefined: break;
    }
  }

  private hear(samples: Int16Array): void {
    const { call, fault, breakSoon } = this.parts;
    this.ear.write(samples);
    const { text, words } = this.ear;
    if (text !== this.told && fault.kind !== 'quota') this.tell({ $case: 'partial', value: { utteranceId: this.utteranceId, text, words: timesOf(words) } });
    this.told = text;
    if ((fault.kind !== 'break-in-word' && fault.kind !== 'close-in-word') || words.length < fault.words) return;
    this.broken = true;
    if (fault.kind === 'break-in-word') breakSoon();
    else call.end();
  }

  private tellFinal(utteranceId: number): void {
    const text = this.parts.fault.kind === 'quota' ? '' : this.ear.end();
    this.tell({ $case: 'final', value: { utteranceId, text, confidence: text === '' ? undefined : 0.93, words: timesOf(this.ear.words) } });
  }

  private tell(response: NonNullable<RecogniseResponse['response']>): void {
    const { call, fault, later } = this.parts;
    if (fault.kind === 'hang' || (fault.kind === 'half' && this.ear.words.length > fault.words)) return;
    later(() => { call.write(fault.kind === 'garbage' ? GARBAGE : { response }); });
  }
}

function timesOf(words: readonly string[]) {
  return words.map((text, index) => ({ text, startMs: index * CODED_WORD_MS, endMs: (index + 1) * CODED_WORD_MS }));
}

function audible(text: string, rateHz: number, fault: ProviderFault): Int16Array {
  const audio = codedSpeech(sayable(text), rateHz);
  const words = fault.kind === 'half' ? fault.words : fault.kind === 'close-in-word' || fault.kind === 'break-in-word' ? fault.words + 0.3 : Infinity;
  return audio.subarray(0, Math.min(audio.length, Math.round((words * CODED_WORD_MS * rateHz) / 1000)));
}

function samplesOf(bytes: Uint8Array): Int16Array {
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
