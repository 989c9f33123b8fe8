import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { aText, CODED_WORD_MS, CODED_TONE_MS, frequencyOf } from '../speech/coded-speech.js';
import { floats, integers, node, type OnnxConstant, onnxModel, type OnnxNode, type OnnxValue } from './onnx-model.js';

/*
 * Models of a few kB for the real engine of sherpa-onnx, made in the test. The recognisers hear coded speech, the voice speaks it, and
 * all of them are so simple that it is known what must come out.
 */

/** The words that they know: those whose tones the bands below can tell apart. */
const WORDS = aText(21).split(' ').slice(3);
/** sherpa's features: energies of 80 bands on the mel scale, from 20 Hz to 400 Hz below the Nyquist frequency, as logarithms. */
const BANDS = 80;
const LOWEST_HZ = 20;
const HIGHEST_HZ = 7600;
/** Frames of 10 ms in a chunk, and how many of them become one frame of the output. */
const CHUNK_FRAMES = 8;
const SUBSAMPLING = 4;
const OUTPUT_FRAMES = CHUNK_FRAMES / SUBSAMPLING;
/** A word must have this share of the energy, and the energy be more than nothing. */
const SHARE_MIN = 0.45;
const ENERGY_EVEN = 0.001;
const VOCABULARY = WORDS.length + 1; // 0 is the blank

const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
const hzOf = (value: number): number => 700 * (Math.exp(value / 1127) - 1);

/** Which word's tone is nearest to the middle of each band; bands far from all tones belong to none. */
function wordsOfBands(): Float32Array {
  const step = (mel(HIGHEST_HZ) - mel(LOWEST_HZ)) / (BANDS + 1);
  const matrix = new Float32Array(BANDS * VOCABULARY);
  for (let band = 0; band < BANDS; band += 1) {
    const hz = hzOf(mel(LOWEST_HZ) + (band + 1) * step);
    const [nearest] = WORDS.map((word, index) => ({ index, far: Math.abs(frequencyOf(word) - hz) })).sort((a, b) => a.far - b.far);
    if (nearest !== undefined && nearest.far < 100) matrix[band * VOCABULARY + nearest.index + 1] = 1;
  }
  return matrix;
}

/** Of `x` (1, CHUNK_FRAMES, BANDS) the share of each word in the energy, as `output` (1, OUTPUT_FRAMES, VOCABULARY). */
function shares(output: string): { readonly nodes: readonly OnnxNode[]; readonly constants: readonly OnnxConstant[] } {
  return {
    constants: [
      floats('word_of_band', [BANDS, VOCABULARY], wordsOfBands()), floats('energy_even', [1], [ENERGY_EVEN]),
      floats('blank', [VOCABULARY], WORDS.reduce((bias) => [...bias, 0], [SHARE_MIN])), integers('output_shape', [1, OUTPUT_FRAMES, SUBSAMPLING, VOCABULARY]),
    ],
    nodes: [
      node('Exp', ['x'], ['energies']), node('MatMul', ['energies', 'word_of_band'], ['by_word']),
      node('ReduceMean', ['energies'], ['mean'], { axes: [2], keepdims: 1 }), node('Add', ['mean', 'energy_even'], ['all']),
      node('Div', ['by_word', 'all'], ['over_mean']), node('Div', ['over_mean', 'bands'], ['share']),
      node('Reshape', ['share', 'output_shape'], ['grouped']), node('ReduceMean', ['grouped'], ['averaged'], { axes: [2], keepdims: 0 }),
      node('Add', ['averaged', 'blank'], [output]),
    ],
  };
}

const BANDS_CONSTANT = floats('bands', [1], [BANDS]);

/* The states of the smallest zipformer there can be: nothing is kept in them. */
const ZIPFORMER = {
  encoder_dims: 4, query_head_dims: 1, value_head_dims: 1, num_heads: 1, num_encoder_layers: 1, cnn_module_kernels: 2, left_context_len: 1,
  T: CHUNK_FRAMES, decode_chunk_len: CHUNK_FRAMES,
};
const STATES: readonly OnnxValue[] = [
  ...[[1, 1, 1], [1, 1, 1, 3], [1, 1, 1], [1, 1, 1], [1, 4, 1], [1, 4, 1], [1, 128, 3, 19]].map((shape, index): OnnxValue => ({ name: `state_${index}`, type: 'float', shape })),
  { name: 'state_7', type: 'int64', shape: [1] },
];
const NEW_STATES = STATES.map((state) => ({ ...state, name: `new_${state.name}` }));
const KEEP_STATES = STATES.map(({ name }) => node('Identity', [name], [`new_${name}`]));
const FEATURES: OnnxValue = { name: 'x', type: 'float', shape: [1, CHUNK_FRAMES, BANDS] };

function encoder(output: string, metadata: Readonly<Record<string, string | number>>): Buffer {
  const { nodes, constants } = shares(output);
  return onnxModel({
    inputs: [FEATURES, ...STATES], outputs: [{ name: output, type: 'float', shape: [1, OUTPUT_FRAMES, VOCABULARY] }, ...NEW_STATES],
    constants: [...constants, BANDS_CONSTANT], nodes: [...nodes, ...KEEP_STATES], metadata: { ...ZIPFORMER, ...metadata },
  });
}

/** As sentencepiece writes words. `shout`: in capitals, as models trained on LibriSpeech do. */
function tokens(shout: boolean): string {
  return ['<blk>', ...WORDS.map((word) => `▁${shout ? word.toUpperCase() : word}`)].map((token, id) => `${token} ${id}\n`).join('');
}

/** A streaming recogniser of one file: CTC. */
export function writeCtcRecogniser(directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'model.onnx'), encoder('log_probs', { model_type: 'zipformer2', version: 1 }));
  writeFileSync(path.join(directory, 'tokens.txt'), tokens(false));
}

/** A streaming recogniser of three files, whose decoder keeps a word from coming twice while it lasts. It writes capitals. */
export function writeTransducer(directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'tokens.txt'), tokens(true));
  writeFileSync(path.join(directory, 'encoder-epoch-1.onnx'), encoder('encoder_out', { model_type: 'zipformer2', version: 1 }));
  const notAgain = new Float32Array(VOCABULARY * VOCABULARY);
  for (let word = 1; word < VOCABULARY; word += 1) notAgain[word * VOCABULARY + word] = -2;
  writeFileSync(path.join(directory, 'decoder-epoch-1.onnx'), onnxModel({
    inputs: [{ name: 'y', type: 'int64', shape: ['N', 2] }], outputs: [{ name: 'decoder_out', type: 'float', shape: ['N', VOCABULARY] }],
    constants: [floats('not_again', [VOCABULARY, VOCABULARY], notAgain), { name: 'latest', shape: [], values: BigInt64Array.of(1n) }],
    nodes: [node('Gather', ['y', 'latest'], ['last'], { axis: 1 }), node('Gather', ['not_again', 'last'], ['decoder_out'])],
    metadata: { context_size: 2, vocab_size: VOCABULARY },
  }));
  writeFileSync(path.join(directory, 'joiner-epoch-1.onnx'), onnxModel({
    inputs: ['encoder_out', 'decoder_out'].map((name): OnnxValue => ({ name, type: 'float', shape: ['N', VOCABULARY] })),
    outputs: [{ name: 'logit', type: 'float', shape: ['N', VOCABULARY] }], constants: [],
    nodes: [node('Add', ['encoder_out', 'decoder_out'], ['logit'])], metadata: { joiner_dim: VOCABULARY },
  }));
}

/** A VITS voice that knows the words of coded speech, and two speakers, the second an octave higher. */
export function writeVoice(directory: string, sampleRateHz = 22_050): void {
  mkdirSync(directory, { recursive: true });
  const signs = ['.', ',', '!', '?'];
  const names = ['_', ' ', ...WORDS, ...signs];
  writeFileSync(path.join(directory, 'tokens.txt'), names.map((name, id) => `${name} ${id}\n`).join(''));
  writeFileSync(path.join(directory, 'lexicon.txt'), WORDS.map((word) => `${word} ${word}\n`).join(''));
  const hz = names.map((name) => (WORDS.includes(name) ? frequencyOf(name) : 0));
  const length = Math.round((CODED_WORD_MS * sampleRateHz) / 1000);
  const tone = (CODED_TONE_MS * sampleRateHz) / 1000;
  const at = Array.from({ length }, (_, index) => index);
  const number: Pick<OnnxValue, 'type' | 'shape'> = { type: 'float', shape: [1] };
  writeFileSync(path.join(directory, 'voice.onnx'), onnxModel({
    inputs: [
      { name: 'x', type: 'int64', shape: [1, 'L'] }, { name: 'x_length', type: 'int64', shape: [1] },
      { name: 'noise_scale', ...number }, { name: 'length_scale', ...number }, { name: 'noise_scale_w', ...number }, { name: 'sid', type: 'int64', shape: [1] },
    ],
    outputs: [{ name: 'y', type: 'float', shape: [1, 1, 'S'] }],
    constants: [
      floats('hz', [names.length, 1], hz), floats('octave', [2], [1, 2]),
      floats('turns', [1, length], at.map((index) => (2 * Math.PI * index) / sampleRateHz)), floats('envelope', [length], at.map((index) => (index < tone ? 0.25 : 0))),
      integers('one_line', [1, 1, -1]),
    ],
    nodes: [
      node('Gather', ['hz', 'x'], ['hz_of_x']), node('Gather', ['octave', 'sid'], ['times']), node('Mul', ['hz_of_x', 'times'], ['pitch']),
      node('MatMul', ['pitch', 'turns'], ['angles']), node('Sin', ['angles'], ['waves']), node('Mul', ['waves', 'envelope'], ['words']),
      node('Reshape', ['words', 'one_line'], ['y']),
    ],
    metadata: { model_type: 'vits', comment: 'made in a test', language: 'English', sample_rate: sampleRateHz, n_speakers: 2, add_blank: 0, punctuation: signs.join(' ') },
  }));
}

/** In the shape of Silero's voice activity model, version 5: how loud it is. */
export function writeVoiceActivity(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const state: Pick<OnnxValue, 'type' | 'shape'> = { type: 'float', shape: [2, 1, 128] };
  const file = path.join(directory, 'vad.onnx');
  writeFileSync(file, onnxModel({
    inputs: [{ name: 'input', type: 'float', shape: [1, 'W'] }, { name: 'state', ...state }, { name: 'sr', type: 'int64', shape: [] }],
    outputs: [{ name: 'output', type: 'float', shape: [1, 1] }, { name: 'stateN', ...state }],
    constants: [floats('gain', [1], [100]), floats('least', [], [0]), floats('most', [], [1])],
    nodes: [
      node('Mul', ['input', 'input'], ['power']), node('ReduceMean', ['power'], ['mean'], { axes: [1], keepdims: 1 }), node('Mul', ['mean', 'gain'], ['loud']),
      node('Clip', ['loud', 'least', 'most'], ['output']), node('Identity', ['state'], ['stateN']),
    ],
  }));
  return file;
}
