import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { floats, integers, node, onnxModel, type OnnxConstant, type OnnxNode, type OnnxValue } from './onnx-model.js';

/* Voices of a few kB that are spelt by espeak-ng, as Piper's and Kokoro's are: a tone of 10 ms for each of its sounds. */

/** Debian's: the package espeak-ng-data. */
export const ESPEAK_DATA = '/usr/lib/x86_64-linux-gnu/espeak-ng-data';
export const ESPEAK_VOICE_RATE_HZ = 16_000;
/** Beginning, end and gap of Piper's; the sounds of English. */
const SOUNDS = ['_', '^', '$', ' ', ...Array.from('abdefhijklmnopstuvwzæðŋɐɑɔəɚɛɜɡɪɹɾʃʊʌʒːˈˌθᵻ.,?!')];
const SILENT = 3;
const LOWEST_HZ = 300;
const STEP_HZ = 20;
const SPEAKERS = 2;
/** Longest text of Kokoro, in sounds. */
const STYLES = 510;

function sounds(): { readonly constants: readonly OnnxConstant[]; readonly nodes: readonly OnnxNode[] } {
  const length = ESPEAK_VOICE_RATE_HZ / 100;
  return {
    constants: [
      floats('hz', [SOUNDS.length, 1], SOUNDS.map((_, id) => (id < SILENT ? 0 : LOWEST_HZ + STEP_HZ * id))),
      floats('turns', [1, length], Array.from({ length }, (_, at) => (2 * Math.PI * at) / ESPEAK_VOICE_RATE_HZ)), floats('loudness', [1], [0.25]),
    ],
    nodes: [
      node('Gather', ['hz', 'ids'], ['plain']), node('Mul', ['plain', 'times'], ['pitch']), node('MatMul', ['pitch', 'turns'], ['angles']),
      node('Sin', ['angles'], ['waves']), node('Mul', ['waves', 'loudness'], ['words']), node('Reshape', ['words', 'line'], ['audio']),
    ],
  };
}

function begin(directory: string): void {
  mkdirSync(directory, { recursive: true });
  symlinkSync(ESPEAK_DATA, path.join(directory, 'espeak-ng-data'));
  writeFileSync(path.join(directory, 'tokens.txt'), SOUNDS.map((sound, id) => `${sound} ${id}\n`).join(''));
}

const IDS: OnnxValue = { name: 'ids', type: 'int64', shape: [1, 'L'] };
const METADATA = { language: 'English', voice: 'en-us', has_espeak: 1, sample_rate: ESPEAK_VOICE_RATE_HZ };

export function writePiperVoice(directory: string): void {
  begin(directory);
  const { constants, nodes } = sounds();
  writeFileSync(path.join(directory, 'en_US-test-low.onnx'), onnxModel({
    inputs: [IDS, { name: 'input_lengths', type: 'int64', shape: [1] }, { name: 'scales', type: 'float', shape: [3] }],
    outputs: [{ name: 'audio', type: 'float', shape: [1, 1, 'S'] }], constants: [...constants, floats('times', [1], [1]), integers('line', [1, 1, -1])], nodes,
    metadata: { ...METADATA, model_type: 'vits', comment: 'piper', n_speakers: 1 },
  }));
}

/** Two speakers, the second an octave higher: that is all there is to their style. */
export function writeKokoroVoice(directory: string): void {
  begin(directory);
  const { constants, nodes } = sounds();
  writeFileSync(path.join(directory, 'voices.bin'), Buffer.from(Float32Array.from({ length: SPEAKERS * STYLES }, (_, at) => (at < STYLES ? 1 : 2)).buffer));
  writeFileSync(path.join(directory, 'model.onnx'), onnxModel({
    inputs: [IDS, { name: 'times', type: 'float', shape: [1, 1] }, { name: 'speed', type: 'float', shape: [1] }],
    outputs: [{ name: 'audio', type: 'float', shape: ['S'] }], constants: [...constants, integers('line', [-1])], nodes,
    metadata: { ...METADATA, model_type: 'kokoro', version: 1, n_speakers: SPEAKERS, style_dim: `${STYLES},1,1` },
  }));
}
