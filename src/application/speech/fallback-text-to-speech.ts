import { deadline, type Deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import { isPortError, PortError } from '../ports/port-error.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../ports/text-to-speech.js';
import { type FallbackPorts, type Rung, tellBusy } from './rung.js';
import { saysAll, type TimedWord, unspokenText } from './unspoken-text.js';

/** No audio by then: the next voice begins. */
const FIRST_AUDIO_MS = 700;
/** In the middle: no more audio for so long after all that came was due to be heard, less the margin. */
const STALL_MS = 400;
const MARGIN_MS = 200;

export interface VoiceRung extends Rung<TextToSpeech> {
  /** The voice to ask for there. */
  readonly voice: string;
}

/**
 * Voices in order of preference as one, for one call. When the one in use fails in the middle of a sentence the next goes on with the first
 * word that was not said to its end; from then on it is the voice of the call. A voice that tells where its words are is held back
 * until the word under way is complete, so that none is heard twice or missing; of one that does not, the place is estimated.
 */
export class FallbackTextToSpeech implements TextToSpeech {
  private first = 0;

  constructor(private readonly rungs: readonly VoiceRung[], private readonly ports: FallbackPorts) {
    if (rungs.length === 0) throw new Error('a chain needs a voice');
  }

  get capabilities(): TextToSpeechCapabilities {
    const each = this.rungs.map(({ port }) => port.capabilities);
    return {
      streaming: each.every(({ streaming }) => streaming), wordTimes: each.every(({ wordTimes }) => wordTimes),
      voices: this.rungs.slice(0, 1).flatMap(({ voice, port }) => [{ name: voice, language: port.capabilities.voices.find(({ name }) => name === voice)?.language ?? '' }]),
    };
  }

  /** @throws PortError `text-to-speech/no-provider` when no voice is left; what came before was yielded. */
  async *synthesise(request: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    if (signal.aborted) return;
    const piece = new SpokenPiece(request);
    let last: unknown = null;
    const order = this.order();
    for (const [index, rung] of order.entries()) {
      const next = order.slice(index + 1).find(({ permits }) => permits.reached === null);
      const permit = rung.permits.take();
      if (typeof permit === 'string') {
        last = tellBusy(rung, 'text-to-speech', permit, this.ports);
        this.goOnWith(next);
        continue;
      }
      const attempt = rung.health.insist();
      const release = (): void => { permit.release(); };
      signal.addEventListener('abort', release, { once: true }); // also when nobody reads on
      try {
        yield* this.speak(rung, piece, next === undefined ? Infinity : FIRST_AUDIO_MS, signal);
        if (!isOver(signal)) attempt.succeeded();
        return;
      } catch (error) {
        if (isOver(signal)) throw error;
        last = error;
        attempt.failed(error);
        this.leave(rung, next, error);
        piece.cut();
        if (piece.isSaid) return;
      } finally {
        attempt.abandoned(); // unless it was settled: ended by us, or nobody reads on, counts neither way
        signal.removeEventListener('abort', release);
        release();
      }
    }
    if (this.rungs.length === 1 && isPortError(last)) throw last; // it says more than that there is no other
    throw new PortError('no voice can be had', { code: 'text-to-speech/no-provider', kind: 'unavailable', cause: last });
  }

  /** From the voice of the call on; those before it, and those that were left alone, are better than none. */
  private order(): readonly VoiceRung[] {
    const all = [...this.rungs.slice(this.first), ...this.rungs.slice(0, this.first)];
    const well = all.filter(({ health }) => health.admits);
    return [...well, ...all.filter((rung) => !well.includes(rung))];
  }

  /** `patienceMs`: Infinity when there is nobody to go to; whoever reads has a deadline of his own. */
  private async *speak(rung: VoiceRung, piece: SpokenPiece, patienceMs: number, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    const { clock } = this.ports;
    const life = new AbortController();
    const onAbort = (): void => { life.abort(); };
    signal.addEventListener('abort', onAbort, { once: true });
    let patience: Deadline = deadline(clock, patienceMs, signal);
    const chunks = rung.port.synthesise({ ...piece.request, text: piece.rest, voice: rung.voice }, life.signal)[Symbol.asyncIterator]();
    const holdBack = rung.port.capabilities.wordTimes;
    let firstAtMs: number | null = null;
    try {
      piece.begin(rung !== this.rungs[0]);
      for (;;) {
        const next = await orAborted(chunks.next(), patience.signal);
        if (next.done === true) break;
        firstAtMs ??= clock.nowMs();
        piece.take(next.value);
        const ready = piece.ready(holdBack);
        if (ready !== null) yield ready;
        patience.clear();
        const stallMs = Math.max(STALL_MS, firstAtMs + piece.takenMs - clock.nowMs() - MARGIN_MS + STALL_MS);
        patience = deadline(clock, patienceMs === Infinity ? Infinity : stallMs, signal);
      }
      piece.finish(rung.name, holdBack && patienceMs !== Infinity);
      const ready = piece.ready(false);
      if (ready !== null) yield ready;
    } catch (error) {
      throw patience.expired ? new PortError(`${rung.name} gives no audio${firstAtMs === null ? '' : ' any more'}`, { code: 'text-to-speech/timeout', kind: 'timeout' }) : error;
    } finally {
      patience.clear();
      signal.removeEventListener('abort', onAbort);
      life.abort();
      void chunks.return?.().catch(() => undefined); // frees the adapter's side; a failure there changes nothing for us
    }
  }

  /** One voice for the rest of the call: callers take two in turn for two people. */
  private goOnWith(next: VoiceRung | undefined): void {
    if (next !== undefined) this.first = this.rungs.indexOf(next);
  }

  private leave(rung: VoiceRung, next: VoiceRung | undefined, error: unknown): void {
    const { log, metrics } = this.ports;
    const code = isPortError(error) ? error.code : 'text-to-speech/failed';
    this.goOnWith(next);
    log.warn(next === undefined ? 'voice failed, and there is no other' : 'voice failed: the next one goes on', { provider: rung.name, code }, error);
    if (this.rungs.length > 1) metrics.count('provider_errors_total', { port: 'text-to-speech', code }); // of one alone the conversation tells
    if (next !== undefined) metrics.count('provider_fallbacks_total', { port: 'text-to-speech', provider: next.name });
  }
}

/** A function, because it may change between two statements. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** One text on its way through several voices: what of it was said, and the audio that waits for its word to be complete. */
class SpokenPiece {
  rest: string;
  /** Of the voice in use: audio that came, audio that was passed on. */
  takenMs = 0;
  private passedSamples = 0;
  private words: TimedWord[] = [];
  private tellWords: TimedWord[] = [];
  private held: Int16Array[] = [];
  private isStandIn = false;
  /** Audio of the voices before. */
  private beforeMs = 0;

  constructor(readonly request: SynthesisRequest) {
    this.rest = request.text;
  }

  get isSaid(): boolean {
    return !/[\p{L}\p{N}]/u.test(this.rest);
  }

  begin(isStandIn: boolean): void {
    this.isStandIn = isStandIn;
    this.takenMs = 0;
    this.passedSamples = 0;
    this.words = [];
    this.tellWords = [];
    this.held = [];
  }

  take({ samples, words }: SpeechChunk): void {
    this.takenMs += this.msOf(samples.length);
    this.held.push(samples);
    if (words === undefined) return;
    this.words.push(...words);
    this.tellWords.push(...words);
  }

  /** What may be heard now; null: nothing yet. */
  ready(holdBack: boolean): SpeechChunk | null {
    const passedMs = this.msOf(this.passedSamples);
    const openWord = holdBack ? this.words.find(({ endMs }) => endMs > this.takenMs) : undefined;
    const untilMs = openWord === undefined ? this.takenMs : openWord.startMs;
    const samples = this.release(Math.round(((untilMs - passedMs) * this.request.sampleRateHz) / 1000));
    if (samples.length === 0) return null;
    const begun = this.tellWords.filter(({ startMs }) => startMs < untilMs);
    this.tellWords = this.tellWords.filter(({ startMs }) => startMs >= untilMs);
    const words = begun.map(({ text, startMs, endMs }) => ({ text, startMs: startMs + this.beforeMs, endMs: endMs + this.beforeMs }));
    return { samples, ...words.length > 0 && { words }, ...this.isStandIn && { standIn: true } };
  }

  /** `judge`: somebody could go on. @throws PortError when it ended without having said all: that is a failure, however politely it ended. */
  finish(provider: string, judge: boolean): void {
    if (this.takenMs === 0) throw new PortError(`${provider} gave no audio`, { code: 'text-to-speech/no-audio', kind: 'protocol' });
    if (judge && this.words.length > 0 && !saysAll(this.rest, this.words.filter(({ endMs }) => endMs <= this.takenMs + 1))) {
      throw new PortError(`${provider} ended in the middle`, { code: 'text-to-speech/truncated', kind: 'protocol' });
    }
  }

  /** The voice is gone: what is left for the next one. */
  cut(): void {
    const passedMs = this.msOf(this.passedSamples);
    if (passedMs > 0) this.rest = unspokenText(this.rest, this.words, passedMs);
    this.beforeMs += passedMs;
  }

  private release(count: number): Int16Array {
    const parts: Int16Array[] = [];
    let wanted = count;
    for (let next = this.held[0]; next !== undefined && wanted > 0; next = this.held[0]) {
      const part = next.length <= wanted ? next : next.subarray(0, wanted);
      if (part === next) this.held.shift();
      else this.held[0] = next.subarray(wanted);
      parts.push(part);
      wanted -= part.length;
    }
    const [only] = parts;
    this.passedSamples += parts.reduce((sum, part) => sum + part.length, 0);
    if (parts.length <= 1) return only ?? new Int16Array(0);
    const joined = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { joined.set(part, at); at += part.length; }
    return joined;
  }

  private msOf(samples: number): number {
    return (samples * 1000) / this.request.sampleRateHz;
  }
}
