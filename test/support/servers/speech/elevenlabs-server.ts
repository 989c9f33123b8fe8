import type { IncomingMessage } from 'node:http';
import { encodeG711 } from '../../../../src/domain/audio/g711.js';
import { CODED_WORD_MS, CodedEar, wordsOf } from '../../speech/coded-speech.js';
import { audibleSpeech, bytesOf, endInWord, type ProviderLine, ProviderServer, samplesOf, tell } from './provider-server.js';

export const ELEVENLABS_KEY = 'loopback-key';
/** Not a multiple of a word: words are cut in two by chunks, as theirs are. */
const CHUNK_MS = 130;

/** ElevenLabs on the loopback: multi-stream-input and realtime transcription (wire-formats.md; public clients), with coded speech for words. */
export class ElevenLabsServer extends ProviderServer {
  /** Keys of the messages received, without the audio and texts in them. */
  readonly received: string[] = [];
  /** An error to answer the next commit with. */
  commitError: string | null = null;

  static async start(): Promise<ElevenLabsServer> {
    return new ElevenLabsServer().listen();
  }

  protected override authorised(request: IncomingMessage): boolean {
    return request.headers['xi-api-key'] === ELEVENLABS_KEY;
  }

  protected override meet(line: ProviderLine): void {
    if (line.url.pathname === '/v1/speech-to-text/realtime') this.transcribe(line);
    else this.speak(line);
  }

  private transcribe(line: ProviderLine): void {
    const { ws, url, fault } = line;
    const rateHz = Number(url.searchParams.get('audio_format')?.replace('pcm_', ''));
    let ear = new CodedEar(rateHz);
    let told = '';
    let uncommitted = 0;
    const half = (): boolean => fault.kind === 'half' && ear.words.length >= fault.words;
    tell(line, { message_type: 'session_started', session_id: 'loopback', config: {} });
    ws.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString('utf8')) as { message_type: string; audio_base_64: string; commit: boolean; sample_rate: number };
      if (fault.kind === 'quota') { ws.send(JSON.stringify({ message_type: 'quota_exceeded', error: 'no credits' })); ws.close(1008); return; }
      const samples = samplesOf(Buffer.from(message.audio_base_64, 'base64'));
      uncommitted += samples.length;
      ear.write(samples);
      if (ear.text !== told && !half()) { told = ear.text; tell(line, { message_type: 'partial_transcript', text: told }); }
      endInWord(line, ear.words.length);
      if (!message.commit || half()) return;
      this.received.push('commit');
      const error = this.commitError ?? (uncommitted < 0.3 * rateHz ? 'commit_throttled' : null);
      tell(line, error === null ? { message_type: 'committed_transcript', text: ear.end() } : { message_type: error, error: 'loopback' });
      ear = new CodedEar(rateHz);
      told = '';
      uncommitted = 0;
    });
  }

  private speak(line: ProviderLine): void {
    const texts = new Map<string, string>();
    line.ws.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString('utf8')) as { text?: string; context_id?: string; flush?: boolean; close_context?: boolean; close_socket?: boolean };
      this.received.push(Object.keys(message).filter((key) => key !== 'context_id' && key !== 'text').join(' ') || 'text');
      if (message.close_socket === true) { line.ws.close(1000); return; }
      const id = message.context_id ?? 'default';
      if (message.text !== undefined) texts.set(id, (texts.get(id) ?? '') + message.text);
      if (message.close_context !== true || !texts.has(id)) return;
      this.render(line, id, texts.get(id) ?? '');
      texts.delete(id);
    });
  }

  private render(line: ProviderLine, contextId: string, text: string): void {
    const { ws, url, fault, later } = line;
    if (fault.kind === 'hang') return;
    if (fault.kind === 'garbage') { ws.send('{"never":'); return; }
    const ulaw = url.searchParams.get('output_format') === 'ulaw_8000';
    const rateHz = ulaw ? 8000 : 16_000;
    const audio = audibleSpeech(text, rateHz, fault);
    const timed = timedChars(text);
    const step = (CHUNK_MS * rateHz) / 1000;
    later(() => {
      for (let at = 0; at < audio.length; at += step) {
        const [fromMs, untilMs] = [(at * 1000) / rateHz, ((at + step) * 1000) / rateHz];
        const chars = timed.filter(({ startMs }) => startMs >= fromMs && startMs < untilMs);
        const alignment = { chars: chars.map(({ char }) => char), charStartTimesMs: chars.map(({ startMs }) => startMs - fromMs), charDurationsMs: chars.map(({ durationMs }) => durationMs) };
        ws.send(JSON.stringify({ audio: wire(audio.subarray(at, at + step), ulaw).toString('base64'), contextId, isFinal: null, alignment, normalizedAlignment: alignment }));
      }
      if (fault.kind === 'close-in-word') ws.close(1000);
      else if (fault.kind === 'break-in-word') setImmediate(() => { ws.terminate(); });
      else if (fault.kind !== 'half') ws.send(JSON.stringify({ contextId, isFinal: true }));
    });
  }
}

function wire(samples: Int16Array, ulaw: boolean): Buffer {
  if (!ulaw) return bytesOf(samples);
  const bytes = new Uint8Array(samples.length);
  encodeG711('ulaw', samples, { bytes, offset: 0 });
  return Buffer.from(bytes);
}

/** Each word in its time of coded speech; the space after it in the gap. */
function timedChars(text: string): readonly { readonly char: string; readonly startMs: number; readonly durationMs: number }[] {
  const spoken = text.split(' ').filter((word) => wordsOf(word).length > 0);
  return spoken.flatMap((word, index) => {
    const durationMs = 160 / word.length;
    const startMs = index * CODED_WORD_MS;
    return [...Array.from(word, (char, at) => ({ char, startMs: startMs + at * durationMs, durationMs })), { char: ' ', startMs: startMs + 160, durationMs: 80 }];
  });
}
