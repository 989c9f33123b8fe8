import { statSync } from 'node:fs';
import { addressOf, decode, struct } from '../../native/foreign-memory.js';
import { openLibrary } from '../../native/open-library.js';
import { PortError } from '../../../application/ports/port-error.js';

/** A pointer of C; null is null. */
export type Pointer = bigint | null;
/** Where C writes one value: it becomes the element. */
export type Out = [number];

export const CEPSTRUM_LENGTH = 13;
const LIBRARY_PACKAGE = 'libpocketsphinx3';
const MODEL_PACKAGE = 'pocketsphinx-en-us';

/** The functions we call, by their names in C (pocketsphinx and sphinxbase 5prealpha, as Debian 12 builds them). */
interface SphinxFunctions {
  readonly cmd_ln_parse_r: (...args: [inOut: null, definitions: Pointer, argc: number, argv: BigUint64Array, strict: number]) => Pointer;
  readonly cmd_ln_free_r: (config: Pointer) => number;
  readonly cmn_live_set: (cmn: Pointer, mean: Float32Array) => void;
  readonly ngram_model_free: (model: Pointer) => number;
  readonly ngram_model_read: (config: Pointer, file: string, type: number, logmath: Pointer) => Pointer;
  readonly ps_args: () => Pointer;
  readonly ps_init: (config: Pointer) => Pointer;
  readonly ps_free: (decoder: Pointer) => number;
  readonly ps_get_feat: (decoder: Pointer) => Pointer;
  readonly ps_get_logmath: (decoder: Pointer) => Pointer;
  readonly ps_mllr_read: (file: string) => Pointer;
  readonly ps_mllr_free: (transform: Pointer) => number;
  readonly ps_mllr_retain: (transform: Pointer) => Pointer;
  /** The decoder owns the transform from then on: give it a reference of its own. */
  readonly ps_update_mllr: (decoder: Pointer, transform: Pointer) => Pointer;
  readonly ps_add_word: (decoder: Pointer, word: string, phones: string, update: number) => number;
  readonly ps_set_jsgf_string: (decoder: Pointer, name: string, grammar: string) => number;
  readonly ps_set_lm: (decoder: Pointer, name: string, model: Pointer) => number;
  readonly ps_set_search: (decoder: Pointer, name: string) => number;
  readonly ps_start_stream: (decoder: Pointer) => number;
  readonly ps_start_utt: (decoder: Pointer) => number;
  readonly ps_process_raw: (...args: [decoder: Pointer, samples: Int16Array, count: number, noSearch: number, fullUtterance: number]) => number;
  readonly ps_end_utt: (decoder: Pointer) => number;
  readonly ps_get_hyp: (decoder: Pointer, score: Out) => string | null;
  readonly ps_seg_iter: (decoder: Pointer) => Pointer;
  readonly ps_seg_next: (segment: Pointer) => Pointer;
  readonly ps_seg_word: (segment: Pointer) => string;
  readonly ps_seg_prob: (segment: Pointer, acoustic: Out, language: Out, backOff: Out) => number;
  readonly ps_seg_frames: (segment: Pointer, first: Out, last: Out) => void;
}

const BASE_SIGNATURES = [
  'void* cmd_ln_parse_r(void* inout, void* defn, int argc, void* argv, int strict)',
  'int cmd_ln_free_r(void* config)',
  'void cmn_live_set(void* cmn, float* vec)',
  'int ngram_model_free(void* model)',
  'void* ngram_model_read(void* config, const char* file, int type, void* lmath)',
];
const SPHINX_SIGNATURES = [
  'void* ps_args()', 'void* ps_init(void* config)', 'int ps_free(void* ps)', 'void* ps_get_feat(void* ps)', 'void* ps_get_logmath(void* ps)',
  'void* ps_mllr_read(const char* file)', 'int ps_mllr_free(void* mllr)', 'void* ps_mllr_retain(void* mllr)',
  'void* ps_update_mllr(void* ps, void* mllr)',
  'int ps_add_word(void* ps, const char* word, const char* phones, int update)',
  'int ps_set_jsgf_string(void* ps, const char* name, const char* jsgf)', 'int ps_set_lm(void* ps, const char* name, void* lm)',
  'int ps_set_search(void* ps, const char* name)', 'int ps_start_stream(void* ps)', 'int ps_start_utt(void* ps)',
  'int ps_process_raw(void* ps, int16_t* data, size_t n_samples, int no_search, int full_utt)', 'int ps_end_utt(void* ps)',
  'const char* ps_get_hyp(void* ps, _Out_ int32_t* score)',
  'void* ps_seg_iter(void* ps)', 'void* ps_seg_next(void* seg)', 'const char* ps_seg_word(void* seg)',
  'int32_t ps_seg_prob(void* seg, _Out_ int32_t* ascr, _Out_ int32_t* lscr, _Out_ int32_t* lback)',
  'void ps_seg_frames(void* seg, _Out_ int* sf, _Out_ int* ef)',
];

/** The state of cepstral mean normalisation (`cmn_t`, sphinxbase/cmn.h). */
export interface CepstralState {
  readonly mean: Float32Array;
  /** Frames in the running sum. */
  readonly frames: number;
}

/** pocketsphinx in this process. One per thread; decoders of different threads share nothing but the code. */
export class SphinxLibrary {
  readonly c: SphinxFunctions;
  /** Kept: a library nobody refers to is unloaded by the garbage collector, under the feet of what it has made. */
  private readonly handles: readonly unknown[];
  /** `feat_t` up to the pointer we follow (sphinxbase/feat.h), and `cmn_t` (sphinxbase/cmn.h). */
  private readonly feature = struct({
    refcount: 'int', name: 'void*', cepsize: 'int32_t', n_stream: 'int32_t', stream_len: 'void*', window_size: 'int32_t', n_sv: 'int32_t',
    sv_len: 'void*', subvecs: 'void*', sv_buf: 'void*', sv_dim: 'int32_t', cmn: 'int', varnorm: 'int32_t', agc: 'int', compute_feat: 'void*',
    cmn_struct: 'void*',
  });
  private readonly cepstral = struct({ cmn_mean: 'void*', cmn_var: 'void*', sum: 'void*', nframe: 'int32_t', veclen: 'int32_t' });

  /** @throws PortError native/library-missing or speech-to-text/model-missing, each with what to install. */
  constructor(readonly modelDirectory: string, directories: readonly string[]) {
    const base = openLibrary({ sonames: ['libsphinxbase.so.3'], debianPackage: LIBRARY_PACKAGE, directories });
    const sphinx = openLibrary({ sonames: ['libpocketsphinx.so.3'], debianPackage: LIBRARY_PACKAGE, directories });
    (base.func('void err_set_logfp(void* file)') as (file: null) => void)(null); // it would write to our standard error
    const declared = [...BASE_SIGNATURES.map((signature) => base.func(signature)), ...SPHINX_SIGNATURES.map((signature) => sphinx.func(signature))];
    this.c = Object.fromEntries(declared.map((fn) => [fn.info.name, fn])) as unknown as SphinxFunctions;
    this.handles = [base, sphinx];
    if (statSync(this.dictionaryFile, { throwIfNoEntry: false }) === undefined) {
      throw new PortError(`no acoustic model in ${modelDirectory}: install the Debian package ${MODEL_PACKAGE} (apt-get install ${MODEL_PACKAGE})`,
        { code: 'speech-to-text/model-missing', kind: 'not-found' });
    }
  }

  get dictionaryFile(): string {
    return `${this.modelDirectory}/cmudict-en-us.dict`;
  }

  /** @throws Error when the model cannot be read. */
  newDecoder(settings: Readonly<Record<string, string>>): { readonly config: Pointer; readonly decoder: Pointer; readonly cmn: Pointer } {
    const args = ['pocketsphinx', ...Object.entries({ '-hmm': `${this.modelDirectory}/en-us`, ...settings }).flat()].map((text) => Buffer.from(`${text}\0`));
    const config = this.c.cmd_ln_parse_r(null, this.c.ps_args(), args.length, BigUint64Array.from([...args.map(addressOf), 0n]), 1);
    const decoder = config === null ? null : this.c.ps_init(config);
    if (decoder === null) {
      if (config !== null) this.c.cmd_ln_free_r(config);
      throw new Error(`the acoustic model in ${this.modelDirectory} cannot be read; is the Debian package ${MODEL_PACKAGE} whole?`);
    }
    const cmn = (decode(this.c.ps_get_feat(decoder), this.feature) as { cmn_struct: Pointer }).cmn_struct;
    if ((decode(cmn, this.cepstral) as { veclen: number }).veclen !== CEPSTRUM_LENGTH) throw new Error('this build of libsphinxbase lays out its structures otherwise than Debian 12');
    return { config, decoder, cmn };
  }

  cepstralState(cmn: Pointer): CepstralState {
    // Not `cmn_mean`: whether that is brought up to date at the end of an utterance depends on how its last frames fell.
    const { sum, nframe } = decode(cmn, this.cepstral) as { sum: Pointer; nframe: number };
    return { mean: Float32Array.from(decode(sum, 'float', CEPSTRUM_LENGTH) as Iterable<number>, (value) => value / nframe), frames: nframe };
  }
}
