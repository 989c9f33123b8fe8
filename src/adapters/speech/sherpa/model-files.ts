import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { OfflineTtsConfig, OnlineRecognizerConfig } from 'sherpa-onnx-node';

export const RECOGNISER_KINDS = ['auto', 'transducer', 'paraformer', 'zipformer2-ctc', 'nemo-ctc'] as const;
export type RecogniserKind = (typeof RECOGNISER_KINDS)[number];

/** Which of two files to take where a model has both. */
export type Precision = 'int8' | 'float';

export interface ModelChoice {
  readonly directory: string;
  readonly precision: Precision;
  /** Of the processor, for one recognition or one text. */
  readonly threads: number;
}

/**
 * How sherpa-onnx is told of a streaming recogniser in a directory as its authors pack them: `tokens.txt`, and `encoder-*.onnx` with
 * `decoder-*.onnx` and maybe `joiner-*.onnx`, or a single model. `auto` takes a single one for a zipformer2.
 *
 * @throws Error with how to mend it: a wrong file given to sherpa-onnx would end its process.
 */
export function recogniserConfig({ directory, precision, threads }: ModelChoice, kind: RecogniserKind): OnlineRecognizerConfig {
  const files = new ModelDirectory(directory, precision);
  const found = kind !== 'auto' ? kind : !files.has('encoder') ? 'zipformer2-ctc' : files.has('joiner') ? 'transducer' : 'paraformer';
  return {
    featConfig: { sampleRate: 16_000, featureDim: 80 },
    modelConfig: { ...recogniserFiles(files, found), tokens: files.named('tokens.txt'), numThreads: threads },
    decodingMethod: 'greedy_search', enableEndpoint: 0,
  };
}

function recogniserFiles(files: ModelDirectory, kind: Exclude<RecogniserKind, 'auto'>): Pick<OnlineRecognizerConfig['modelConfig'], 'transducer' | 'paraformer' | 'zipformer2Ctc' | 'nemoCtc'> {
  switch (kind) {
    case 'transducer': return { transducer: { encoder: files.model('encoder'), decoder: files.model('decoder'), joiner: files.model('joiner') } };
    case 'paraformer': return { paraformer: { encoder: files.model('encoder'), decoder: files.model('decoder') } };
    case 'zipformer2-ctc': return { zipformer2Ctc: { model: files.model('') } };
    case 'nemo-ctc': return { nemoCtc: { model: files.model('') } };
  }
}

/**
 * The same for a voice: `tokens.txt`, the model, and `espeak-ng-data` (Piper, Kokoro) or `lexicon*.txt` (other VITS). With `voices.bin` it is Kokoro,
 * which may have two lexicons of English: that of `language` (BCP 47) is taken.
 *
 * @throws Error with how to mend it.
 */
export function voiceConfig({ directory, precision, threads }: ModelChoice, language: string): OfflineTtsConfig {
  const files = new ModelDirectory(directory, precision);
  const parts = { model: files.model(''), tokens: files.named('tokens.txt'), lexicon: files.lexicons(language), dataDir: files.maybe('espeak-ng-data') };
  if (parts.lexicon === '' && parts.dataDir === '') throw files.fault('has neither espeak-ng-data nor lexicon.txt');
  const voices = files.maybe('voices.bin');
  return {
    model: { ...(voices === '' ? { vits: parts } : { kokoro: { ...parts, voices } }), numThreads: threads },
    maxNumSentences: 1,
  };
}

/** @throws Error when there is no such file. */
export function voiceActivityModel(file: string): string {
  if (existsSync(file)) return file;
  throw new Error(`there is no voice activity model ${file}. Fix: make models URL=… NAME=…, and name the file it tells`);
}

class ModelDirectory {
  private readonly names: readonly string[];

  constructor(private readonly directory: string, private readonly precision: Precision) {
    this.names = existsSync(directory) ? readdirSync(directory).sort() : [];
    if (this.names.length === 0) throw this.fault('does not exist or is empty');
  }

  has(part: string): boolean {
    return this.models(part).length > 0;
  }

  /** The file of one part of a model; of several the one in the wanted precision. */
  model(part: string): string {
    const found = this.models(part);
    const best = found.find((name) => /int8/u.test(name) === (this.precision === 'int8')) ?? found[0];
    if (best === undefined) throw this.fault(`has no ${part === '' ? '*' : `${part}*`}.onnx`);
    return path.join(this.directory, best);
  }

  named(name: string): string {
    if (!this.names.includes(name)) throw this.fault(`has no ${name}`);
    return path.join(this.directory, name);
  }

  maybe(name: string): string {
    return this.names.includes(name) ? path.join(this.directory, name) : '';
  }

  lexicons(language: string): string {
    const other = language === 'en-GB' ? 'lexicon-us-en.txt' : 'lexicon-gb-en.txt';
    const found = this.names.filter((name) => /^lexicon.*\.txt$/u.test(name));
    return found.filter((name) => name !== other || found.length === 1).map((name) => path.join(this.directory, name)).join(',');
  }

  fault(what: string): Error {
    return new Error(`the model directory ${this.directory} ${what}. Fix: make models URL=… NAME=… brings a model, and tells its directory`);
  }

  private models(part: string): readonly string[] {
    return this.names.filter((name) => name.endsWith('.onnx') && name.startsWith(part));
  }
}
