import type { OnlineRecognizer, OnlineStream, Vad } from 'sherpa-onnx-node';
import { firResampler } from '../../../domain/audio/fir-resampler.js';
import type { Resampler } from '../../../domain/audio/resampler.js';
import { plainText } from './plain-text.js';
import { GATE_RATE_HZ, type VoiceGates } from './voice-gate.js';

/** Silence after the last sample: a chunk of a streaming model is up to 450 ms, and what is not a whole one is not looked at. */
const TAIL_MS = 600;
/** Listened to in one utterance; what comes later is not. */
const UTTERANCE_MS_MAX = 60_000;
const INT16_SCALE = 32_768;

/** One utterance in the engine's process. */
export class UtteranceRecogniser {
  private readonly stream: OnlineStream;
  private readonly gate: Vad | null;
  private readonly toGate: Resampler | null;
  /** Heard before anybody was known to speak. */
  private held: Float32Array[] = [];
  private open: boolean;
  private heardSamples = 0;
  private latest = '';

  constructor(private readonly recogniser: OnlineRecognizer, private readonly gates: VoiceGates | null, private readonly sampleRateHz: 8000 | 16000) {
    this.stream = recogniser.createStream();
    this.gate = gates?.take() ?? null;
    this.open = this.gate === null;
    this.toGate = this.gate === null || sampleRateHz === GATE_RATE_HZ ? null : firResampler(sampleRateHz, GATE_RATE_HZ);
  }

  /** The best guess, when it is another one. */
  write(samples: Int16Array): string | null {
    this.heardSamples += samples.length;
    if (this.heardSamples > (UTTERANCE_MS_MAX * this.sampleRateHz) / 1000) return null;
    const waveform = Float32Array.from(samples, (sample) => sample / INT16_SCALE);
    if (!this.open) {
      this.held.push(waveform);
      if (!this.hasVoice(samples, waveform)) return null;
      this.open = true;
      for (const part of this.held) this.accept(part);
      this.held = [];
    } else this.accept(waveform);
    this.decode();
    const text = this.text();
    if (text === this.latest || text === '') return null;
    this.latest = text;
    return text;
  }

  /** What was said; nothing where nobody spoke. */
  end(): string {
    if (!this.open) return '';
    this.accept(new Float32Array((TAIL_MS * this.sampleRateHz) / 1000));
    this.stream.inputFinished();
    this.decode();
    return this.text();
  }

  /** Must not be used after. */
  close(): void {
    if (this.gate !== null) this.gates?.give(this.gate);
    this.held = [];
  }

  private hasVoice(samples: Int16Array, waveform: Float32Array): boolean {
    if (this.gate === null) return true;
    this.gate.acceptWaveform(this.toGate === null ? waveform : resampled(samples, this.toGate));
    return this.gate.isDetected() || !this.gate.isEmpty();
  }

  private accept(samples: Float32Array): void {
    this.stream.acceptWaveform({ samples, sampleRate: this.sampleRateHz });
  }

  private decode(): void {
    while (this.recogniser.isReady(this.stream)) this.recogniser.decode(this.stream);
  }

  private text(): string {
    return plainText(this.recogniser.getResult(this.stream).text);
  }
}

function resampled(samples: Int16Array, resampler: Resampler): Float32Array {
  const output = new Int16Array(resampler.outputCapacity(samples.length));
  return Float32Array.from(output.subarray(0, resampler.process(samples, output)), (sample) => sample / INT16_SCALE);
}
