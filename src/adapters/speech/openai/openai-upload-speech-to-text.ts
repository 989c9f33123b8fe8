import { FormData } from 'undici';
import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { wavBytes, wavHeader } from '../../../domain/audio/wav.js';
import { assertLanguage } from '../wire/languages.js';
import { type Utterance, type UtteranceEar, UtteranceStream } from '../wire/utterance-stream.js';
import { OpenAiHttp } from './openai-http.js';
import { LANGUAGES } from './openai-languages.js';

/** Nobody speaks so long without a pause; it bounds what is held in memory. */
const UTTERANCE_MS_MAX = 120_000;

export interface OpenAiUploadOptions {
  readonly apiKey: string;
  /** Base URL with its version. */
  readonly url: string;
  readonly model: string;
  readonly connectTimeoutMs: number;
}

/** Servers that are like OpenAI's Whisper: each utterance is sent as a file when it is complete. Nothing is known before. */
export class OpenAiUploadSpeechToText implements SpeechToText {
  /** `finalLatencyP99Ms` is an assumption, not measured: servers and their machines differ; the account's `finalLatencyMs` replaces it. */
  readonly capabilities: SpeechToTextCapabilities = { partialResults: false, endpointing: false, finalLatencyP99Ms: 2000, sampleRatesHz: [8000, 16000], grammars: false };
  private readonly http: OpenAiHttp;

  constructor(private readonly options: OpenAiUploadOptions) {
    this.http = new OpenAiHttp({ port: 'speech-to-text', ...options });
  }

  async open(transcription: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    signal.throwIfAborted();
    assertLanguage(transcription.language, LANGUAGES, 'openai');
    return Promise.resolve(new UtteranceStream({
      sampleRateHz: transcription.sampleRateHz, begin: (ear) => this.begin(transcription, ear), close: () => Promise.resolve(), signal,
    }));
  }

  private begin(transcription: TranscriptionOptions, ear: UtteranceEar): Utterance {
    const abort = new AbortController();
    const audio: Int16Array[] = [];
    let samplesHeld = 0;
    return {
      write: (samples) => {
        samplesHeld += samples.length;
        if ((samplesHeld * 1000) / transcription.sampleRateHz > UTTERANCE_MS_MAX) {
          ear.failed(new PortError('an utterance is too long to be sent as a file', { code: 'speech-to-text/utterance-too-long', kind: 'rejected' }));
        } else audio.push(samples.slice());
      },
      end: () => { void this.transcribe(wavFile(audio.splice(0), transcription.sampleRateHz), { transcription, ear, signal: abort.signal }); },
      abort: () => {
        audio.length = 0;
        abort.abort();
      },
    };
  }

  private async transcribe(file: Blob, { transcription, ear, signal }: { readonly transcription: TranscriptionOptions; readonly ear: UtteranceEar; readonly signal: AbortSignal }): Promise<void> {
    const form = new FormData();
    form.set('file', file, 'utterance.wav');
    const fields = { model: this.options.model, language: transcription.language.split('-')[0] ?? '', response_format: 'json', prompt: transcription.phrases?.join(', ') ?? '' };
    for (const [name, value] of Object.entries(fields)) if (value !== '') form.set(name, value);
    try {
      const answer = await this.http.readJson(await this.http.post('/audio/transcriptions', form, signal));
      if (typeof answer?.['text'] !== 'string') throw new PortError('the answer is no transcription', { code: 'speech-to-text/protocol', kind: 'protocol' });
      ear.segment(answer['text'], null);
      ear.done();
    } catch (error) {
      if (!signal.aborted) ear.failed(this.http.failureOf(error));
    }
  }
}

function wavFile(pieces: readonly Int16Array[], sampleRateHz: number): Blob {
  const samplesPerChannel = pieces.reduce((sum, { length }) => sum + length, 0);
  return new Blob([wavHeader({ sampleRateHz, channels: 1, samplesPerChannel }), ...pieces.map((piece) => wavBytes(piece))], { type: 'audio/wav' });
}
