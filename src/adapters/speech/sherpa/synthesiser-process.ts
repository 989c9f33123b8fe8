import sherpa from 'sherpa-onnx-node';
import { resampleClip } from '../../../domain/audio/resample-clip.js';
import { speakablePieces } from '../wire/speakable-pieces.js';
import type { SynthesiserAnswer, SynthesiserCommand, SynthesiserLoad } from './engine-protocol.js';
import { serveEngine, tell } from './engine-side.js';

/* Entry of a synthesiser's process: renders one text after the other, sentence by sentence. */

type Render = Extract<SynthesiserCommand, { type: 'render' }>;

/** Told at a time. */
const CHUNK_MS = 500;
const INT16_MAX = 32_767;

function answer(message: SynthesiserAnswer): void {
  tell(message);
}

serveEngine((message) => {
  const { voice } = message as SynthesiserLoad;
  const model = new sherpa.OfflineTts(voice);
  /** Asked for and not done; the first is being rendered. */
  const texts = new Map<number, Render>();

  const render = async ({ id, text, speaker, speed, sampleRateHz }: Render): Promise<void> => {
    for (const piece of speakablePieces(text)) {
      if (!texts.has(id)) return;
      const { samples, sampleRate } = await model.generateAsync({ text: piece, sid: speaker, speed, enableExternalBuffer: false });
      const audio = resampleClip(Int16Array.from(samples, (sample) => Math.max(-1, Math.min(1, sample)) * INT16_MAX), sampleRate, sampleRateHz);
      const step = (CHUNK_MS * sampleRateHz) / 1000;
      for (let at = 0; at < audio.length && texts.has(id); at += step) answer({ type: 'audio', id, samples: audio.slice(at, at + step) });
    }
    if (texts.has(id)) answer({ type: 'done', id });
  };
  let rendering = false;
  const renderAll = async (): Promise<void> => {
    if (rendering) return;
    rendering = true;
    for (let [next] = texts.values(); next !== undefined; [next] = texts.values()) {
      const { id } = next;
      try {
        await render(next);
      } catch {
        answer({ type: 'no-audio', id }); // all it says of a text it cannot speak, in words that are the text
      }
      texts.delete(id);
    }
    rendering = false;
  };

  const carryOut = (command: SynthesiserCommand): void => {
    if (command.type === 'cancel') { texts.delete(command.id); return; }
    texts.set(command.id, command);
    void renderAll();
  };
  return Promise.resolve((command) => { carryOut(command as SynthesiserCommand); });
});
