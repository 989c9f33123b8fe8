import type { v1beta1 } from '@google-cloud/text-to-speech';
import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../../../application/ports/text-to-speech.js';
import { ChunkQueue } from '../wire/chunk-queue.js';
import { PcmAssembler } from '../wire/pcm-assembler.js';
import { ClientPool } from './client-pool.js';
import { clientOptions, type GoogleAccount } from './google-account.js';
import { googleFailure } from './google-errors.js';
import { MarkedText, type Timepoint } from './marked-text.js';
import { wavData } from './wav.js';

type Client = v1beta1.TextToSpeechClient;

export interface GoogleTextToSpeechOptions extends GoogleAccount {
  /** Deadline of a synthesis that comes as a whole. */
  readonly timeoutMs: number;
}

const PORT = 'text-to-speech';
/** The only voices that stream; they know no marks. */
const STREAMS = /-Chirp3-HD-/u;
/** Voices that obey `<mark>` (cloud.google.com/text-to-speech/docs/list-voices-and-types: not Chirp, Studio and the newer ones). */
const KNOWS_MARKS = /-(?:Standard|Wavenet|Neural2|News|Casual|Polyglot)-/u;

/** Some of the voices; any other name of theirs works too. */
const VOICES = [
  ...['Aoede', 'Kore', 'Leda', 'Charon', 'Puck'].map((name) => ({ name: `en-US-Chirp3-HD-${name}`, language: 'en-US' })),
  ...['C', 'D', 'F'].map((name) => ({ name: `en-US-Neural2-${name}`, language: 'en-US' })),
  { name: 'en-GB-Chirp3-HD-Aoede', language: 'en-GB' }, { name: 'de-DE-Chirp3-HD-Kore', language: 'de-DE' },
  { name: 'es-ES-Chirp3-HD-Aoede', language: 'es-ES' }, { name: 'fr-FR-Chirp3-HD-Aoede', language: 'fr-FR' }, { name: 'hi-IN-Chirp3-HD-Aoede', language: 'hi-IN' },
];

/**
 * Google Text-to-Speech by its SDK. Chirp 3 HD voices stream PCM at the rate asked for (streamingSynthesize): the first audio comes while
 * the rest is rendered, without word times. All others come as one WAV (synthesizeSpeech); those that know marks with the times of their
 * words, which only v1beta1 gives.
 */
export class GoogleTextToSpeech implements TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities = { streaming: true, wordTimes: true, voices: VOICES };
  private readonly clients: ClientPool<Client>;

  constructor(private readonly options: GoogleTextToSpeechOptions) {
    this.clients = new ClientPool(async () => {
      const { v1beta1: { TextToSpeechClient } } = await import('@google-cloud/text-to-speech');
      return new TextToSpeechClient(await clientOptions(options, PORT));
    });
  }

  async *synthesise(request: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    if (signal.aborted) return;
    const { client, release } = await this.clients.lease().catch((error: unknown) => { throw googleFailure(PORT, error); });
    try {
      if (isOver(signal)) return;
      yield* STREAMS.test(request.voice) ? streamed(client, request, signal) : this.whole(client, request, signal);
    } finally {
      release();
    }
  }

  private async *whole(client: Client, { text, voice, language, sampleRateHz }: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    const marked = KNOWS_MARKS.test(voice) ? new MarkedText(text) : null;
    const call = ask(client, {
      input: marked === null ? { text } : { ssml: marked.ssml },
      voice: { name: voice, languageCode: languageOf(voice, language) },
      audioConfig: { audioEncoding: 'LINEAR16', sampleRateHertz: sampleRateHz },
      enableTimePointing: marked === null ? [] : ['SSML_MARK'],
    }, this.options.timeoutMs);
    const onAbort = (): void => { call.cancel(); };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const [synthesis] = await call;
      if (!isOver(signal)) yield chunkOf(synthesis, marked, sampleRateHz);
    } catch (error) {
      if (!isOver(signal)) throw googleFailure(PORT, error);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

async function* streamed(client: Client, { text, voice, language, sampleRateHz }: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
  const pcm = new PcmAssembler('pcm16le');
  const chunks = new ChunkQueue(signal);
  const stream = client.streamingSynthesize();
  let audible = false;
  stream.on('data', ({ audioContent }: { readonly audioContent?: Uint8Array | null }) => {
    const samples = pcm.take(audioContent ?? new Uint8Array(0));
    audible ||= samples.length > 0;
    chunks.push({ samples });
  });
  stream.on('end', () => { if (audible) chunks.end(); else chunks.fail(noAudio()); });
  stream.on('error', (error) => { chunks.fail(googleFailure(PORT, error)); }); // stays: a cancelled stream tells of it here
  try {
    stream.write({ streamingConfig: { voice: { name: voice, languageCode: languageOf(voice, language) }, streamingAudioConfig: { audioEncoding: 'PCM', sampleRateHertz: sampleRateHz } } });
    stream.end({ input: { text } });
    yield* chunks.read();
  } finally {
    stream.cancel();
  }
}

interface Synthesis {
  readonly audioContent?: Uint8Array | string | null;
  readonly timepoints?: readonly Timepoint[] | null;
}

/** `client.synthesizeSpeech` hides how a call is cancelled, and repeats it by itself when it fails. */
function ask(client: Client, request: object, timeoutMs: number): Promise<readonly [Synthesis]> & { cancel(): void } {
  const call = client.innerApiCalls['synthesizeSpeech'] as unknown as (request: object, options: object) => ReturnType<typeof ask>;
  return call(request, { timeout: timeoutMs, retry: null });
}

/** @throws PortError `text-to-speech/truncated` when there is less audio than words. */
function chunkOf({ audioContent, timepoints }: Synthesis, marked: MarkedText | null, sampleRateHz: number): SpeechChunk {
  const samples = samplesOf(audioContent);
  const totalMs = (samples.length * 1000) / sampleRateHz;
  const words = marked?.timed(timepoints ?? [], totalMs) ?? [];
  const last = words.at(-1);
  if (last === undefined) return { samples };
  if (last.startMs >= totalMs) throw new PortError('google gave less audio than words', { code: `${PORT}/truncated`, kind: 'protocol' });
  return { samples, words };
}

/** @throws PortError when there is none: success without audio is a failure. */
function samplesOf(audioContent: Uint8Array | string | null | undefined): Int16Array {
  const file = typeof audioContent === 'string' ? Buffer.from(audioContent, 'base64') : audioContent ?? new Uint8Array(0);
  if (file.length === 0) throw noAudio();
  const data = wavData(file);
  if (data === null) throw new PortError('google answered with something that is no WAV', { code: `${PORT}/protocol`, kind: 'protocol' });
  if (data.length === 0) throw noAudio();
  return new PcmAssembler('pcm16le').take(data);
}

function noAudio(): PortError {
  return new PortError('google gave no audio', { code: `${PORT}/no-audio`, kind: 'protocol' });
}

/** A voice speaks the language of its name; Google refuses another. */
function languageOf(voice: string, language: string): string {
  return /^[a-z]{2,3}-[A-Z]{2}/u.exec(voice)?.[0] ?? language;
}

/** A function, because it may change between two statements. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
