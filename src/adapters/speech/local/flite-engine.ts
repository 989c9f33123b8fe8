import { copyBytes, decode, encode, struct, withCallback } from '../../native/foreign-memory.js';
import { openLibrary } from '../../native/open-library.js';
import type { EngineOutlet, SynthesisEngine } from './synthesis-engine.js';
import type { SpokenWord } from './synthesis-protocol.js';

const PACKAGE = 'libflite1';
const BYTES_PER_SAMPLE = 2;
/** Samples at 16 kHz that flite gathers before it calls back: 100 ms. */
const CHUNK_SAMPLES_MIN = 1600;
const STREAM_GO_ON = 0;
const STREAM_STOP = -1;
const SAMPLE_RATE_FALLBACK_HZ = 16_000;
const MS_PER_S = 1000;

type Pointer = bigint | null;
interface Wave { readonly sample_rate: number; readonly samples: Pointer }

/** Functions of libflite 2.2 by their names in C. */
interface FliteFunctions {
  readonly flite_init: () => number;
  readonly new_utterance: () => Pointer;
  readonly utt_set_input_text: (utterance: Pointer, text: string) => number;
  /** Frees the utterance and returns null on failure. */
  readonly flite_do_synth: (utterance: Pointer, voice: Pointer, synth: unknown) => Pointer;
  readonly delete_utterance: (utterance: Pointer) => void;
  readonly new_audio_streaming_info: () => Pointer;
  readonly audio_streaming_info_val: (info: Pointer) => Pointer;
  readonly feat_set: (features: Pointer, name: string, value: Pointer) => void;
  readonly utt_relation: (utterance: Pointer, name: string) => Pointer;
  readonly relation_head: (relation: Pointer) => Pointer;
  readonly item_next: (item: Pointer) => Pointer;
  readonly item_feat_string: (item: Pointer, name: string) => string | null;
  readonly ffeature_float: (item: Pointer, path: string) => number;
}

const SIGNATURES = [
  'int flite_init()', 'void* new_utterance()', 'int utt_set_input_text(void* u, const char* text)', 'void* flite_do_synth(void* u, void* voice, void* synth)',
  'void delete_utterance(void* u)', 'void* new_audio_streaming_info()', 'void* audio_streaming_info_val(void* asi)',
  'void feat_set(void* f, const char* name, void* val)', 'void* utt_relation(void* u, const char* name)', 'void* relation_head(void* r)',
  'void* item_next(void* i)', 'const char* item_feat_string(void* i, const char* name)', 'float ffeature_float(void* i, const char* path)',
];
/** From a word as written: when its first sound begins and its last one ends, in seconds. */
const WORD_START = 'daughter.R:SylStructure.daughter.daughter.R:Segment.p.end';
const WORD_END = 'daughtern.R:SylStructure.daughtern.daughtern.R:Segment.end';

/** flite: audio while it is rendered, with the times of words. Not reentrant, and a voice belongs to one thread (its values are counted without locks). */
export class FliteEngine implements SynthesisEngine {
  private readonly c: FliteFunctions;
  private readonly synthesise: unknown;
  /** With the libraries: one nobody refers to is unloaded by the garbage collector, and its voice with it. */
  private readonly voices = new Map<string, { readonly pointer: Pointer; readonly library: unknown }>();
  private readonly library: unknown;
  /** `cst_wave` (cst_wave.h) and `cst_audio_streaming_info` (cst_audio.h). */
  private readonly wave = struct({ type: 'void*', sample_rate: 'int', num_samples: 'int', num_channels: 'int', samples: 'void*' });
  private readonly streaming = struct({ min_buffsize: 'int', asc: 'void*', utt: 'void*', item: 'void*', userdata: 'void*' });

  constructor(private readonly directories: readonly string[]) {
    const library = openLibrary({ sonames: ['libflite.so.1'], debianPackage: PACKAGE, directories });
    this.c = Object.fromEntries(SIGNATURES.map((signature) => library.func(signature)).map((fn) => [fn.info.name, fn])) as unknown as FliteFunctions;
    this.library = library;
    this.synthesise = library.symbol('utt_synth');
    this.c.flite_init();
  }

  render(text: string, voiceName: string, outlet: EngineOutlet): void {
    const { c } = this;
    const voice = this.voice(voiceName);
    const utterance = c.new_utterance();
    let begun = false;
    let failure: unknown;
    const take = (wave: Pointer, start: number, size: number): number => {
      try {
        if (!begun) outlet.words(this.words(utterance));
        begun = true;
        return this.hand(wave, start, size, outlet) ? STREAM_GO_ON : STREAM_STOP;
      } catch (error) {
        failure = error; // must not unwind through C
        return STREAM_STOP;
      }
    };
    withCallback('int flite_on_audio(void* wave, int start, int size, int last, void* info)', take, (callback) => {
      const info = c.new_audio_streaming_info(); // freed with the utterance, of which it is a feature
      encode(info, this.streaming, { min_buffsize: CHUNK_SAMPLES_MIN, asc: callback, utt: null, item: null, userdata: null });
      c.utt_set_input_text(utterance, text);
      c.feat_set(decode(utterance, 'void*') as Pointer, 'streaming_info', c.audio_streaming_info_val(info));
      const rendered = c.flite_do_synth(utterance, voice, this.synthesise);
      if (rendered === null) failure ??= new Error('flite could not render the text');
      else c.delete_utterance(rendered);
    });
    if (failure instanceof Error) throw failure;
  }

  private hand(wave: Pointer, start: number, size: number, outlet: EngineOutlet): boolean {
    if (size <= 0) return true;
    const { sample_rate: rate, samples } = decode(wave, this.wave) as Wave;
    const bytes = copyBytes((samples ?? 0n) + BigInt(start * BYTES_PER_SAMPLE), size * BYTES_PER_SAMPLE);
    return outlet.audio(new Int16Array(bytes.buffer, 0, size), rate > 0 ? rate : SAMPLE_RATE_FALLBACK_HZ);
  }

  /** Words as written, without punctuation. */
  private words(utterance: Pointer): readonly SpokenWord[] {
    const { c } = this;
    const found: SpokenWord[] = [];
    for (let item = c.relation_head(c.utt_relation(utterance, 'Token')); item !== null; item = c.item_next(item)) {
      const endMs = c.ffeature_float(item, WORD_END) * MS_PER_S;
      const text = c.item_feat_string(item, 'name');
      if (text !== null && endMs > 0) found.push({ text, startMs: c.ffeature_float(item, WORD_START) * MS_PER_S, endMs });
    }
    return found;
  }

  private voice(name: string): Pointer {
    let voice = this.voices.get(name);
    if (voice === undefined) {
      const library = openLibrary({ sonames: [`libflite_cmu_us_${name}.so.1`], debianPackage: PACKAGE, directories: this.directories });
      const register = library.func(`void* register_cmu_us_${name}(const char* directory)`) as (directory: null) => Pointer;
      voice = { pointer: register(null), library };
      this.voices.set(name, voice);
    }
    return voice.pointer;
  }
}
