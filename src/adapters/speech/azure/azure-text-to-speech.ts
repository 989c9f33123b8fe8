import type { Cancel, Clock } from '../../../application/ports/clock.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../../../application/ports/text-to-speech.js';
import { ChunkQueue } from '../wire/chunk-queue.js';
import { type AzureAccount, type AzureSdk, checkAccount, loadAzureSdk } from './azure-sdk.js';
import { AzureVoice } from './azure-voice.js';

export interface AzureTextToSpeechOptions extends AzureAccount {
  /** A connection that nobody speaks on is closed after so long. */
  readonly idleMs: number;
  readonly clock: Clock;
}

/** Connections kept of one voice; more at one time are closed after use. */
const IDLE_MAX = 8;
/** Some of their neural voices; any other name of theirs works too. */
const VOICES = [
  ...['en-US-AvaMultilingualNeural', 'en-US-JennyNeural', 'en-US-GuyNeural', 'en-US-AriaNeural'].map((name) => ({ name, language: 'en-US' })),
  { name: 'en-GB-LibbyNeural', language: 'en-GB' }, { name: 'de-DE-KatjaNeural', language: 'de-DE' },
  { name: 'es-ES-AlvaroNeural', language: 'es-ES' }, { name: 'fr-FR-DeniseNeural', language: 'fr-FR' },
];

interface Idle { readonly voice: AzureVoice; readonly stopWaiting: Cancel }

/** Azure's voices through Microsoft's SDK: connections are kept for the next sentence of the same voice. */
export class AzureTextToSpeech implements TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities = { streaming: true, wordTimes: true, voices: VOICES };
  /** By voice, language and rate. */
  private readonly idle = new Map<string, Idle[]>();

  constructor(private readonly options: AzureTextToSpeechOptions) {
    checkAccount(options);
  }

  async *synthesise({ text, ...wish }: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    if (isOver(signal)) return;
    const sdk = await loadAzureSdk();
    if (isOver(signal)) return;
    const key = `${wish.voice} ${wish.language} ${wish.sampleRateHz}`;
    const voice = this.take(key) ?? this.create(sdk, wish, key);
    const chunks = new ChunkQueue(signal);
    let complete = false as boolean; // set by whom the flow of this function does not show
    voice.speak(text, chunks, () => {
      complete = true;
      this.keep(key, voice);
    });
    try {
      yield* chunks.read();
    } finally {
      if (!complete) voice.close();
    }
  }

  private create(sdk: AzureSdk, wish: Omit<SynthesisRequest, 'text'>, key: string): AzureVoice {
    const voice: AzureVoice = new AzureVoice(sdk, this.options, wish, () => { this.forget(key, voice); });
    return voice;
  }

  private take(key: string): AzureVoice | null {
    const next = this.idle.get(key)?.pop();
    next?.stopWaiting();
    return next?.voice ?? null;
  }

  private keep(key: string, voice: AzureVoice): void {
    const waiting = this.idle.get(key) ?? [];
    if (this.options.idleMs <= 0 || waiting.length >= IDLE_MAX) { voice.close(); return; }
    this.idle.set(key, waiting);
    waiting.push({ voice, stopWaiting: this.options.clock.after(this.options.idleMs, () => { voice.close(); }) });
  }

  private forget(key: string, voice: AzureVoice): void {
    const waiting = this.idle.get(key) ?? [];
    const left = waiting.filter((each) => each.voice !== voice);
    for (const { stopWaiting } of waiting.filter((each) => each.voice === voice)) stopWaiting();
    if (left.length === 0) this.idle.delete(key);
    else this.idle.set(key, left);
  }
}

/** A function, because it may change between two statements. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
