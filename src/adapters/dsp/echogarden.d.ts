/** The Emscripten modules of @echogarden come without types; these are the parts in use. Pointers are byte offsets into the heap. */
interface EmscriptenHeap {
  readonly HEAP16: Int16Array; // replaced when the heap grows: read it anew for every use
  readonly HEAP32: Int32Array;
  readonly HEAPU32: Uint32Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
}

declare module '@echogarden/fvad-wasm' {
  /** libfvad: the voice activity detector of WebRTC. */
  export interface FvadModule extends EmscriptenHeap {
    _fvad_new(): number;
    _fvad_free(instance: number): void;
    _fvad_reset(instance: number): void;
    /** 0 (sensitive) to 3 (strict); -1 when refused. */
    _fvad_set_mode(instance: number, mode: number): number;
    /** 8000, 16000, 32000 or 48000; -1 when refused. */
    _fvad_set_sample_rate(instance: number, sampleRateHz: number): number;
    /** 10, 20 or 30 ms of samples; 1 voice, 0 none, -1 wrong length. */
    _fvad_process(instance: number, samples: number, length: number): number;
  }
  export default function load(): Promise<FvadModule>;
}

declare module '@echogarden/speex-resampler-wasm/simd' {
  export interface SpeexResamplerModule extends EmscriptenHeap {
    _speex_resampler_init(channels: number, fromHz: number, toHz: number, quality: number, error: number): number;
    _speex_resampler_destroy(instance: number): void;
    /** `inputLength` and `outputLength` point to a uint32 each: room before, samples used and written after. 0 when all is well. */
    _speex_resampler_process_int(instance: number, channel: number, input: number, inputLength: number, output: number, outputLength: number): number;
    _speex_resampler_reset_mem(instance: number): number;
    _speex_resampler_skip_zeros(instance: number): number;
  }
  export default function load(): Promise<SpeexResamplerModule>;
}
