import type { Cancel, Clock } from '../../../application/ports/clock.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../../../application/ports/text-to-speech.js';
import { PcmAssembler } from '../wire/pcm-assembler.js';
import { awsFailure } from './aws-errors.js';
import { type PollyOptions, pollyRequests, type PollyRequests } from './polly-requests.js';
import type { SpeechMark } from './speech-marks.js';
import { assertWhole } from './whole-answer.js';
import { WordedAudio } from './worded-audio.js';

/** Time from the first audio up to which the times of the words are waited for; without them it goes on. */
const MARKS_PATIENCE_MS = 200;

/** Some of the neural voices; any other name of theirs works too. */
const VOICES = [
  ...['Joanna', 'Ruth', 'Danielle', 'Matthew', 'Stephen'].map((name) => ({ name, language: 'en-US' })),
  { name: 'Amy', language: 'en-GB' }, { name: 'Vicki', language: 'de-DE' }, { name: 'Lucia', language: 'es-ES' }, { name: 'Lea', language: 'fr-FR' }, { name: 'Kajal', language: 'hi-IN' },
];

/** Amazon Polly by its SDK: PCM as it is rendered, at the line's own rate, and in a second request beside it the times of the words. */
export class AwsTextToSpeech implements TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities = { streaming: true, wordTimes: true, voices: VOICES };
  private loading: Promise<PollyRequests> | null = null;

  constructor(private readonly options: PollyOptions & { readonly clock: Clock }) {}

  async *synthesise(request: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    if (signal.aborted) return;
    this.loading ??= pollyRequests(this.options);
    const polly = await this.loading;
    const life = new AbortController();
    const onAbort = (): void => { life.abort(); };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (!isOver(signal)) yield* this.speak(polly, request, life.signal);
    } catch (error) {
      if (!isOver(signal)) throw awsFailure('text-to-speech', error);
    } finally {
      signal.removeEventListener('abort', onAbort);
      life.abort(); // the marks may still be under way
    }
  }

  private async *speak(polly: PollyRequests, request: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    const marks = polly.marks(request, signal);
    const body = await polly.audio(request, signal);
    const onAbort = (): void => { body.destroy(); };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const audio = new WordedAudio(await this.inTime(marks), request.sampleRateHz);
      const pcm = new PcmAssembler('pcm16le');
      for await (const bytes of body) {
        const chunk = audio.take(pcm.take(bytes as Buffer));
        if (chunk.samples.length > 0) yield chunk;
        if (signal.aborted) return;
      }
      assertWhole('text-to-speech', body);
      const rest = audio.finish();
      if (rest.samples.length > 0) yield rest;
    } finally {
      signal.removeEventListener('abort', onAbort);
      body.destroy();
    }
  }

  private async inTime(marks: Promise<readonly SpeechMark[] | null>): Promise<readonly SpeechMark[]> {
    let stop: Cancel = () => undefined;
    const late = new Promise<null>((resolve) => { stop = this.options.clock.after(MARKS_PATIENCE_MS, () => { resolve(null); }); });
    try {
      return await Promise.race([marks, late]) ?? [];
    } finally {
      stop();
    }
  }
}

/** A function, because it may change between two statements. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
