import sherpa, { type Vad, type VadConfig } from 'sherpa-onnx-node';

/** What the model takes. */
export const GATE_RATE_HZ = 16_000;
/** Of the model: 32 ms. */
const WINDOW_SAMPLES = 512;
/** Probability from which on a window has voice: silero-vad's own default. */
const THRESHOLD = 0.5;
/** Voice shorter than this is none; a "yes" has about 200 ms. */
const VOICE_S_MIN = 0.1;
const SILENCE_S_MIN = 0.25;
/** No utterance is longer; nothing of the sound is wanted back. */
const SOUND_S_MAX = 60;
/** Detectors kept for the next utterances; each holds the model, 2 MB. */
const IDLE_MAX = 8;

/**
 * Silero's voice activity, asked about utterances rather than frames: was anybody speaking in it at all? Noise that the classifier of the
 * media thread took for voice (13 % of it, `adapters/dsp/fvad-classifier.ts`) then becomes no words, and costs no recognition.
 *
 * It is not that classifier (`domain/audio/vad.ts`): a window of 32 ms costs 70 to 100 µs of a thread that has 1.4 µs for each of its frames,
 * sherpa-onnx takes 16 kHz only, and it ends the process it runs in when it does not like a model. Nor does it end utterances: a chain of
 * recognisers needs ones that leave this to the engine (`application/speech/fallback-speech-to-text.ts`).
 */
export class VoiceGates {
  private readonly idle: Vad[] = [];
  private readonly config: VadConfig;

  constructor(model: string) {
    this.config = {
      sileroVad: { model, threshold: THRESHOLD, windowSize: WINDOW_SAMPLES, minSpeechDuration: VOICE_S_MIN, minSilenceDuration: SILENCE_S_MIN, maxSpeechDuration: SOUND_S_MAX },
      sampleRate: GATE_RATE_HZ, numThreads: 1,
    };
    this.give(this.take()); // a model that is none is told now
  }

  take(): Vad {
    return this.idle.pop() ?? new sherpa.Vad(this.config, SOUND_S_MAX);
  }

  give(gate: Vad): void {
    gate.reset();
    if (this.idle.length < IDLE_MAX) this.idle.push(gate);
  }
}
