import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeG711 } from '../../../../src/domain/audio/g711.js';
import { parseWav } from '../../../../src/domain/audio/wav.js';
import { CodedEar } from '../../speech/coded-speech.js';
import type { ProviderFault } from './faults.js';
import { audibleSpeech, bytesOf, endInWord, type ProviderLine, type ProviderRequest, ProviderServer, samplesOf, tell } from './provider-server.js';

export const OPENAI_KEY = 'loopback-key';
const PCM_RATE_HZ = 24_000;
/** Odd: samples are cut in two, as networks cut them. */
const CHUNK_BYTES = 4801;
const QUOTA = { type: 'insufficient_quota', code: 'insufficient_quota', message: 'You exceeded your current quota' };

interface Session { readonly audio: { readonly input: { readonly format: { readonly type: string; readonly rate?: number }; readonly transcription: { readonly model: string; readonly language: string }; readonly turn_detection: unknown } } }

/** OpenAI on the loopback: realtime transcription, transcriptions of files, speech (their reference; public clients), with coded speech for words. */
export class OpenAiServer extends ProviderServer {
  readonly sessions: Session[] = [];
  /** Requests by HTTP: JSON bodies, and the fields of forms. */
  readonly requests: Readonly<Record<string, unknown>>[] = [];
  /** An error event to answer the next commit with. */
  commitError: object | null = null;

  static async start(): Promise<OpenAiServer> {
    return new OpenAiServer().listen();
  }

  get baseUrl(): string {
    return `${this.httpUrl}/v1`;
  }

  protected override authorised(request: IncomingMessage): boolean {
    return request.headers.authorization === `Bearer ${OPENAI_KEY}`;
  }

  protected override meet(line: ProviderLine): void {
    const { ws, fault } = line;
    let item = 0;
    let rateHz = 0;
    let ear = new CodedEar(rateHz);
    let bytesHeld = 0;
    tell(line, { type: 'session.created', session: { type: 'transcription' } });
    ws.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString('utf8')) as { type: string; audio?: string; session?: Session };
      if (fault.kind === 'quota') { ws.send(JSON.stringify({ type: 'error', error: QUOTA })); return; }
      if (message.type === 'session.update' && message.session !== undefined) {
        this.sessions.push(message.session);
        rateHz = message.session.audio.input.format.rate ?? 8000;
        ear = new CodedEar(rateHz);
        tell(line, { type: 'session.updated', session: message.session });
      }
      if (message.type === 'input_audio_buffer.append') {
        const bytes = Buffer.from(message.audio ?? '', 'base64');
        bytesHeld += bytes.length;
        ear.write(rateHz === 8000 ? fromUlaw(bytes) : samplesOf(bytes));
        endInWord(line, ear.words.length);
      }
      if (message.type === 'input_audio_buffer.commit') {
        item += 1;
        if (bytesHeld < (rateHz === 8000 ? 800 : 0.2 * rateHz)) tell(line, { type: 'error', error: { type: 'invalid_request_error', code: 'input_audio_buffer_commit_empty', message: 'buffer too small' } });
        else if (this.commitError === null) transcribe(line, `item_${item}`, ear.end());
        else tell(line, { type: 'error', error: this.commitError });
        bytesHeld = 0;
        ear = new CodedEar(rateHz);
      }
    });
  }

  protected override answer(request: ProviderRequest, response: ServerResponse, fault: ProviderFault): void {
    if (fault.kind === 'hang') return;
    if (request.url.pathname === '/v1/audio/speech') this.later(fault, () => { this.speak(request, response, fault); });
    else if (request.url.pathname === '/v1/audio/transcriptions') this.transcribeFile(request, response, fault);
    else super.answer(request, response, fault);
  }

  private speak({ body }: ProviderRequest, response: ServerResponse, fault: ProviderFault): void {
    const wish = JSON.parse(body.toString('utf8')) as { readonly input: string };
    this.requests.push(wish);
    if (fault.kind === 'garbage') { response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'); return; }
    if (fault.kind === 'quota') { response.writeHead(429, { 'content-type': 'application/json' }).end(JSON.stringify({ error: QUOTA })); return; }
    response.writeHead(200, { 'content-type': 'audio/pcm' });
    const audio = bytesOf(audibleSpeech(wish.input, PCM_RATE_HZ, fault));
    for (let at = 0; at < audio.length; at += CHUNK_BYTES) response.write(audio.subarray(at, at + CHUNK_BYTES));
    endAnswer(response, fault);
  }

  private transcribeFile({ headers, body }: ProviderRequest, response: ServerResponse, fault: ProviderFault): void {
    const { file, ...fields } = readForm(String(headers['content-type']), body);
    const wav = parseWav(Buffer.from(file ?? '', 'latin1'));
    this.requests.push({ ...fields, sampleRateHz: wav.ok ? wav.sampleRateHz : wav.fault });
    if (!wav.ok) { response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"type":"invalid_request_error"}}'); return; }
    if (fault.kind === 'quota') { response.writeHead(429, { 'content-type': 'application/json' }).end(JSON.stringify({ error: QUOTA })); return; }
    const ear = new CodedEar(wav.sampleRateHz);
    ear.write(wav.samples);
    const text = JSON.stringify({ text: ear.end() });
    this.later(fault, () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      if (fault.kind === 'garbage') response.write('<html>');
      else response.write(fault.kind === 'well' || fault.kind === 'slow' ? text : text.slice(0, 12));
      endAnswer(response, fault);
    });
  }
}

function transcribe(line: ProviderLine, itemId: string, text: string): void {
  const { fault } = line;
  const words = text.split(' ').filter((word) => word !== '');
  tell(line, { type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: null });
  const told = fault.kind === 'half' ? words.slice(0, fault.words) : words;
  told.forEach((word, index) => { tell(line, { type: 'conversation.item.input_audio_transcription.delta', item_id: itemId, content_index: 0, delta: `${index === 0 ? '' : ' '}${word}` }); });
  if (fault.kind !== 'half') tell(line, { type: 'conversation.item.input_audio_transcription.completed', item_id: itemId, content_index: 0, transcript: text, usage: {} });
}

function endAnswer(response: ServerResponse, { kind }: ProviderFault): void {
  if (kind === 'half') return;
  if (kind === 'close-in-word') response.socket?.end(); // a body in chunks without its last: nobody takes it for complete
  else if (kind === 'break-in-word') setImmediate(() => { response.destroy(); });
  else response.end();
}

function fromUlaw(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  decodeG711('ulaw', { bytes, offset: 0 }, bytes.length, samples);
  return samples;
}

/** Fields of multipart/form-data, bytes as latin1. */
function readForm(contentType: string, body: Buffer): Readonly<Record<string, string>> {
  const boundary = /boundary=([^;]+)/u.exec(contentType)?.[1] ?? '';
  const parts = body.toString('latin1').split(`--${boundary}`).slice(1, -1);
  return Object.fromEntries(parts.map((part) => {
    const head = part.indexOf('\r\n\r\n');
    return [/name="([^"]+)"/u.exec(part.slice(0, head))?.[1] ?? '', part.slice(head + 4, -2)];
  }));
}
