import type { CloseStack } from '../../../application/lifecycle/close-stack.js';
import type { Clock } from '../../../application/ports/clock.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { SpeechToText } from '../../../application/ports/speech-to-text.js';
import type { TextToSpeech } from '../../../application/ports/text-to-speech.js';
import type { VoiceActivityDetector } from '../../../application/ports/voice-activity-detector.js';
import type { Resampler } from '../../../domain/audio/resampler.js';

/** One setting of a provider: `speech.accounts.<account>.<name>`. */
export interface ProviderSetting {
  readonly doc: string;
  /** Never printed. */
  readonly secret?: boolean;
  /** Absent: the setting must be given. */
  readonly default?: string;
}

/** Values by setting, defaults filled in. */
export type ProviderSettings<Name extends string = string> = Readonly<Record<Name, string>>;

export interface ProviderPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly resampler: (fromHz: number, toHz: number) => Resampler;
  /** What must be closed with the gateway: processes, for providers that have some. */
  readonly owned: Pick<CloseStack, 'defer'>;
}

/**
 * A speech provider with accounts: what it must be told and how its ports are made. Nothing is connected and no SDK is loaded before
 * `load`, or the first stream or synthesis. One object serves all calls of one account.
 */
export interface SpeechProvider<Name extends string = string> {
  readonly settings: Readonly<Record<Name, ProviderSetting>>;
  /** Loads the SDK, for those that have one: at start, when an account is configured. Loading takes up to half a second of the thread. */
  readonly load?: () => Promise<unknown>;
  /** What an account with these settings can do; absent: all that the provider can. */
  readonly offers?: (settings: ProviderSettings<Name>) => { readonly speechToText: boolean; readonly textToSpeech: boolean };
  /** Null: it does not recognise. */
  readonly speechToText: ((settings: ProviderSettings<Name>, ports: ProviderPorts) => SpeechToText) | null;
  /** Null: it does not speak. */
  readonly textToSpeech: ((settings: ProviderSettings<Name>, ports: ProviderPorts) => TextToSpeech) | null;
  /** Absent: it does not say when somebody speaks. */
  readonly voiceActivity?: (settings: ProviderSettings<Name>) => VoiceActivityDetector;
}
