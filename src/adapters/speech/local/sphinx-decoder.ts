import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJsgf } from './jsgf-grammar.js';
import { JsgfFault } from './jsgf-tokens.js';
import { Lexicon } from './lexicon.js';
import type { CepstralState, Out, Pointer, SphinxLibrary } from './sphinx-library.js';
import { telephoneTransform } from './telephone-transform.js';

/** The acoustic model is made for 16 kHz; telephone audio is up-sampled (its own 8 kHz mode recognises next to nothing with this model). */
export const DECODER_RATE_HZ = 16_000;
const SEARCH = 'gateway';
const NGRAM_AUTO = 0;

/**
 * `remove_silence` off: the gateway knows when somebody speaks, and the recogniser's own detector eats quiet beginnings.
 * `wip` (word insertion penalty): fewer short words out of nothing. `compallsen`: scores are then relative to the best of all
 * sounds, and tell how well the words fit. `bestpath` off: the final is there at once. The beams are wider than the library's
 * own: with a grammar of many sentences the right one would be pruned where it begins.
 */
const GRAMMAR_SETTINGS: Readonly<Record<string, string>> = {
  '-remove_silence': 'no', '-wip': '0.1', '-compallsen': 'yes', '-bestpath': 'no', '-beam': '1e-80', '-wbeam': '1e-60', '-pbeam': '1e-80',
};
const LANGUAGE_MODEL_SETTINGS: Readonly<Record<string, string>> = {
  '-remove_silence': 'no', '-fwdflat': 'no', '-bestpath': 'no', '-maxhmmpf': '3000',
};

/** What a decoder listens for. Decoders of the same kind serve any stream. */
export interface DecoderKind {
  /** JSGF; null: the general language model. */
  readonly grammar: string | null;
  /** The audio was telephone audio (8 kHz) before it was up-sampled. */
  readonly telephone: boolean;
}

export interface Recognition {
  /** Empty: no way through the grammar. */
  readonly text: string;
  /** Mean acoustic score of a frame within words, 0 being the best of all sounds; null without words. */
  readonly score: number | null;
  readonly frames: number;
  readonly cepstral: CepstralState;
}

/** Models of one thread that several decoders share. */
export class SphinxModels {
  private lexicon: Lexicon | null = null;
  private languageModel: Pointer = null;
  private telephoneTransform: Pointer = null;

  constructor(readonly library: SphinxLibrary) {}

  /** Read when first needed: a node that uses grammars only does without the language model's memory. */
  languageModelFor(config: Pointer, logmath: Pointer): Pointer {
    this.languageModel ??= this.library.c.ngram_model_read(config, `${this.library.modelDirectory}/en-us.lm.bin`, NGRAM_AUTO, logmath);
    if (this.languageModel === null) throw new Error(`the language model in ${this.library.modelDirectory} cannot be read`);
    return this.languageModel;
  }

  get words(): Lexicon {
    return (this.lexicon ??= Lexicon.read(this.library.dictionaryFile));
  }

  /** Has the model's sounds as a telephone carries them. */
  get telephone(): Pointer {
    return (this.telephoneTransform ??= this.readTelephoneTransform());
  }

  /** After every decoder. */
  close(): void {
    if (this.languageModel !== null) this.library.c.ngram_model_free(this.languageModel);
    if (this.telephoneTransform !== null) this.library.c.ps_mllr_free(this.telephoneTransform);
    this.languageModel = null;
    this.telephoneTransform = null;
  }

  /** The library takes it from a file only. */
  private readTelephoneTransform(): Pointer {
    const directory = mkdtempSync(join(tmpdir(), 'voice-gateway-'));
    try {
      const file = join(directory, 'telephone.mllr');
      writeFileSync(file, telephoneTransform());
      const transform = this.library.c.ps_mllr_read(file);
      if (transform === null) throw new Error('pocketsphinx does not accept the transform for telephones');
      return transform;
    } finally {
      rmSync(directory, { recursive: true });
    }
  }
}

/** One recogniser, used for one utterance after the other. Not for two at a time. */
export class SphinxDecoder {
  private constructor(
    private readonly library: SphinxLibrary,
    private readonly native: { readonly config: Pointer; readonly decoder: Pointer; readonly cmn: Pointer },
  ) {}

  /** 30 ms for a grammar: it gets only the words it needs. About a second for the general model. @throws JsgfFault */
  static open(models: SphinxModels, kind: DecoderKind): SphinxDecoder {
    const { library } = models;
    const settings = kind.grammar === null ? { ...LANGUAGE_MODEL_SETTINGS, '-dict': library.dictionaryFile } : GRAMMAR_SETTINGS;
    const opened = new SphinxDecoder(library, library.newDecoder(settings));
    try {
      if (kind.telephone) library.c.ps_update_mllr(opened.native.decoder, library.c.ps_mllr_retain(models.telephone));
      if (kind.grammar === null) opened.useLanguageModel(models); else opened.useGrammar(models, kind.grammar);
      library.c.ps_start_stream(opened.native.decoder);
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** @param mean of the cepstra of this caller's line. */
  begin(mean: Float32Array): void {
    this.library.c.cmn_live_set(this.native.cmn, mean);
    this.library.c.ps_start_utt(this.native.decoder);
  }

  /** 16 kHz. */
  process(samples: Int16Array): void {
    this.library.c.ps_process_raw(this.native.decoder, samples, samples.length, 0, 0);
  }

  /** Best text so far. */
  text(): string {
    return this.library.c.ps_get_hyp(this.native.decoder, [0]) ?? '';
  }

  end(): Recognition {
    this.library.c.ps_end_utt(this.native.decoder);
    const text = this.text();
    const { score, frames } = text === '' ? { score: null, frames: 0 } : this.wordScore();
    return { text, score, frames, cepstral: this.library.cepstralState(this.native.cmn) };
  }

  close(): void {
    this.library.c.ps_free(this.native.decoder);
    this.library.c.cmd_ln_free_r(this.native.config);
  }

  private wordScore(): { readonly score: number | null; readonly frames: number } {
    const { c } = this.library;
    const [acoustic, language, backOff, first, last]: Out[] = [[0], [0], [0], [0], [0]];
    let sum = 0;
    let frames = 0;
    for (let segment = c.ps_seg_iter(this.native.decoder); segment !== null; segment = c.ps_seg_next(segment)) {
      if (isFiller(c.ps_seg_word(segment))) continue;
      c.ps_seg_prob(segment, acoustic as Out, language as Out, backOff as Out);
      c.ps_seg_frames(segment, first as Out, last as Out);
      sum += acoustic?.[0] ?? 0;
      frames += (last?.[0] ?? 0) - (first?.[0] ?? 0) + 1;
    }
    return { score: frames === 0 ? null : sum / frames, frames };
  }

  private useGrammar({ words }: SphinxModels, text: string): void {
    const { c } = this.library;
    const grammar = readJsgf(text);
    const known = words.lookUp(grammar.words);
    const missing = [...grammar.words].filter((word) => !known.has(word));
    if (missing.length > 0) throw new JsgfFault(missingWords(missing), lineOf(text, missing[0] ?? ''));
    for (const [word, ways] of known) {
      ways.forEach((phones, index) => c.ps_add_word(this.native.decoder, index === 0 ? word : `${word}(${index + 1})`, phones, 0));
    }
    const usable = c.ps_set_jsgf_string(this.native.decoder, SEARCH, grammar.text) === 0 && c.ps_set_search(this.native.decoder, SEARCH) === 0;
    if (!usable) throw new JsgfFault('pocketsphinx does not accept this grammar', 1);
  }

  private useLanguageModel(models: SphinxModels): void {
    const { c } = this.library;
    const model = models.languageModelFor(this.native.config, c.ps_get_logmath(this.native.decoder));
    const usable = c.ps_set_lm(this.native.decoder, SEARCH, model) === 0 && c.ps_set_search(this.native.decoder, SEARCH) === 0;
    if (!usable) throw new Error('pocketsphinx does not accept its language model');
  }
}

/** Silence and noise: `<sil>`, `[NOISE]`, `(NULL)`. */
function isFiller(word: string): boolean {
  return /^[<[(+]/u.test(word);
}

/** Callers read the words out of this text: they stand between the colon and the full stop. */
function missingWords(words: readonly string[]): string {
  return `the pronouncing dictionary does not have: ${words.join(', ')}. Spell them otherwise (numbers as words) or leave them out`;
}

function lineOf(text: string, word: string): number {
  return text.slice(0, Math.max(0, text.toLowerCase().indexOf(word))).split('\n').length;
}
