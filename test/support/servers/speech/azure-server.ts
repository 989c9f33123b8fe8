import type { IncomingMessage } from 'node:http';
import { CODED_WORD_MS, CodedEar, wordsOf } from '../../speech/coded-speech.js';
import { WELL } from './faults.js';
import { audibleSpeech, bytesOf, endInWord, type ProviderLine, ProviderServer, samplesOf } from './provider-server.js';

export const AZURE_KEY = 'loopback-key';
const CHUNK_MS = 100;
/** The SDK paces its upload by timers of up to 50 ms that nobody can stop: after a connection that was lost, one may be under way. */
const SDK_TIMER_MS = 60;
const TICKS_PER_MS = 10_000;

interface AzureMessage {
  readonly path: string;
  readonly requestId: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * Azure's speech service on the loopback, as its SDK (1.52) speaks to it: text messages of headers and a body, binary ones with the length of
 * their headers in two bytes, with coded speech for words.
 */
export class AzureServer extends ProviderServer {
  /** Paths of the messages received, one entry for each run of the same. */
  readonly received: string[] = [];
  /** Bodies of speech.config, speech.context, synthesis.context and ssml. */
  readonly bodies: string[] = [];
  /** Bytes of audio in each message that had any, the header of the format not counted. */
  readonly audioBytes: number[] = [];
  /** What the headers of the audio said. */
  readonly formats: { readonly sampleRateHz: number; readonly bytesPerS: number }[] = [];
  /** Sent before the answer to a text. */
  nonsense: string | null = null;

  static async start(): Promise<AzureServer> {
    return new AzureServer().listen();
  }

  override async stop(): Promise<void> {
    await super.stop();
    if (this.fault !== WELL) await new Promise((resolve) => { setTimeout(resolve, SDK_TIMER_MS); });
  }

  protected override authorised(request: IncomingMessage): boolean {
    return request.headers['ocp-apim-subscription-key'] === AZURE_KEY;
  }

  protected override meet(line: ProviderLine): void {
    const take = line.url.pathname.startsWith('/tts/') ? this.speech(line) : this.transcription(line);
    line.ws.on('message', (data, isBinary) => {
      const message = isBinary ? readBinary(data as Buffer) : readText(data as Buffer);
      if (this.received.at(-1) !== message.path) this.received.push(message.path);
      if (message.path !== 'audio') this.bodies.push(message.body.toString('utf8'));
      take(message);
    });
  }

  private transcription(line: ProviderLine): (message: AzureMessage) => void {
    const { ws, fault } = line;
    let ear = new CodedEar(0);
    let told = '';
    let rateHz = 0;
    const half = (): boolean => fault.kind === 'half' && ear.words.length >= fault.words;
    return ({ path, requestId, contentType, body }) => {
      if (path !== 'audio') return;
      if (fault.kind === 'quota') { ws.close(1007, 'Quota exceeded.'); return; }
      const reply = (answer: string, fields: object): void => { send(line, { path: answer, requestId, body: fields }); };
      if (contentType === 'audio/x-wav') {
        rateHz = body.readUInt32LE(24);
        this.formats.push({ sampleRateHz: rateHz, bytesPerS: body.readUInt32LE(28) });
        ear = new CodedEar(rateHz);
        told = '';
        reply('turn.start', { context: { serviceTag: 'loopback' } });
        return;
      }
      if (body.length > 0) {
        this.audioBytes.push(body.length);
        ear.write(samplesOf(body));
        if (ear.text !== told && !half()) {
          if (told === '') reply('speech.startDetected', { Offset: 0 });
          told = ear.text;
          reply('speech.hypothesis', { Id: 'x', Text: told, Offset: 0, Duration: ear.words.length * CODED_WORD_MS * TICKS_PER_MS });
        }
        endInWord(line, ear.words.length);
        return;
      }
      if (half()) return;
      const text = ear.end();
      const place = { Offset: 0, Duration: ear.words.length * CODED_WORD_MS * TICKS_PER_MS };
      reply('speech.endDetected', { Offset: place.Duration });
      reply('speech.phrase', text === '' ? { Id: 'x', RecognitionStatus: 'NoMatch', ...place }
        : { Id: 'x', RecognitionStatus: 'Success', DisplayText: text, ...place, NBest: [{ Confidence: 0.91, Lexical: text, ITN: text, MaskedITN: text, Display: text }] });
      reply('turn.end', {});
    };
  }

  private speech(line: ProviderLine): (message: AzureMessage) => void {
    let rateHz = 0;
    return ({ path, requestId, body }) => {
      if (path === 'synthesis.context') rateHz = body.toString('utf8').includes('raw-8khz-16bit-mono-pcm') ? 8000 : 16_000;
      if (path === 'ssml' && this.nonsense !== null) line.ws.send(this.nonsense);
      if (path === 'ssml') line.later(() => { render(line, { requestId, rateHz, text: body.toString('utf8').replace(/<[^>]*>/gu, ' ') }); });
    };
  }
}

function render(line: ProviderLine, { requestId, rateHz, text }: { readonly requestId: string; readonly rateHz: number; readonly text: string }): void {
  const { ws, fault } = line;
  if (fault.kind === 'hang') return;
  const streamId = 'LOOPBACK';
  const put = (path: string, body: object): void => { send(line, { path, requestId, body }, true); };
  put('turn.start', { context: { serviceTag: 'loopback' } });
  put('response', { context: { serviceTag: 'loopback' }, audio: { type: 'inline', streamId } });
  const audio = audibleSpeech(text, rateHz, fault);
  const words = text.split(' ').filter((word) => wordsOf(word).length > 0);
  const step = (CHUNK_MS * rateHz) / 1000;
  for (let at = 0; at < audio.length; at += step) {
    const begun = words.flatMap((word, index) => {
      const startMs = index * CODED_WORD_MS;
      if (startMs < (at * 1000) / rateHz || startMs >= ((at + step) * 1000) / rateHz) return [];
      return [{ Type: 'WordBoundary', Data: { Offset: startMs * TICKS_PER_MS, Duration: 160 * TICKS_PER_MS, text: { Text: word.replace(/\W+$/u, ''), Length: word.length, BoundaryType: 'WordBoundary' } } }];
    });
    if (begun.length > 0) put('audio.metadata', { Metadata: begun });
    ws.send(binary(`X-RequestId:${requestId}\r\nX-StreamId:${streamId}\r\nPath:audio\r\n`, bytesOf(audio.subarray(at, at + step))));
  }
  if (fault.kind === 'close-in-word') ws.close(1000);
  else if (fault.kind === 'break-in-word') setImmediate(() => { ws.terminate(); });
  else if (fault.kind !== 'half') put('turn.end', {});
}

interface Outgoing { readonly path: string; readonly requestId: string; readonly body: object }

function send({ ws, fault, later }: ProviderLine, { path, requestId, body }: Outgoing, speaking = false): void {
  if (fault.kind === 'hang' || (fault.kind === 'quota' && !speaking)) return;
  const json = fault.kind === 'garbage' ? '{"never":' : JSON.stringify(body);
  const act = (): void => { ws.send(`X-RequestId:${requestId}\r\nContent-Type:application/json; charset=utf-8\r\nPath:${path}\r\n\r\n${json}`); };
  if (speaking) act();
  else later(act);
}

function binary(headers: string, body: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(headers.length);
  return Buffer.concat([length, Buffer.from(headers, 'latin1'), body]);
}

function readBinary(data: Buffer): AzureMessage {
  const length = data.readUInt16BE(0);
  return { ...readHeaders(data.subarray(2, 2 + length).toString('latin1')), body: data.subarray(2 + length) };
}

function readText(data: Buffer): AzureMessage {
  const at = data.indexOf('\r\n\r\n');
  return { ...readHeaders(data.subarray(0, at).toString('utf8')), body: data.subarray(at + 4) };
}

function readHeaders(text: string): Omit<AzureMessage, 'body'> {
  const header = (name: string): string => new RegExp(`^${name}: *(.*)$`, 'imu').exec(text)?.[1]?.trim() ?? '';
  return { path: header('Path'), requestId: header('X-RequestId'), contentType: header('Content-Type') };
}
