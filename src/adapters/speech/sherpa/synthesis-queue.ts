import { resampleClip } from '../../../domain/audio/resample-clip.js';
import { speakablePieces } from '../wire/speakable-pieces.js';
import type { SynthesiserAnswer, SynthesiserCommand } from './engine-protocol.js';

/** Told at a time. */
const CHUNK_MS = 500;
const INT16_MAX = 32_767;

type Render = Extract<SynthesiserCommand, { type: 'render' }>;

/** What a model makes of one sentence; samples are -1 to 1. It rejects when it knows none of the words. */
export type Speak = (sentence: string, text: Render) => Promise<{ readonly samples: Float32Array; readonly sampleRate: number }>;

/** Texts that wait for the one model of this process: one after the other, sentence by sentence, as long as somebody wants them. */
export class SynthesisQueue {
  /** Asked for and not done, the oldest first. */
  private readonly texts = new Map<number, Render>();
  private rendering = false;

  constructor(private readonly speak: Speak, private readonly answer: (message: SynthesiserAnswer) => void) {}

  carryOut(command: SynthesiserCommand): void {
    if (command.type === 'cancel') { this.texts.delete(command.id); return; }
    this.texts.set(command.id, command);
    if (!this.rendering) void this.renderAll();
  }

  private async renderAll(): Promise<void> {
    this.rendering = true;
    for (let [next] = this.texts.values(); next !== undefined; [next] = this.texts.values()) {
      const { id } = next;
      try {
        await this.render(next);
      } catch {
        this.answer({ type: 'no-audio', id }); // why, it says in words that are the text
      }
      this.texts.delete(id);
    }
    this.rendering = false;
  }

  private async render(text: Render): Promise<void> {
    const { id, sampleRateHz } = text;
    for (const sentence of speakablePieces(text.text)) {
      if (!this.texts.has(id)) return;
      const { samples, sampleRate } = await this.speak(sentence, text);
      const audio = resampleClip(Int16Array.from(samples, (sample) => Math.max(-1, Math.min(1, sample)) * INT16_MAX), sampleRate, sampleRateHz);
      const step = (CHUNK_MS * sampleRateHz) / 1000;
      for (let at = 0; at < audio.length && this.texts.has(id); at += step) this.answer({ type: 'audio', id, samples: audio.slice(at, at + step) });
    }
    if (this.texts.has(id)) this.answer({ type: 'done', id });
  }
}
