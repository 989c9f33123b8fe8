import { copyBytes, decode, struct, withCallback } from '../../native/foreign-memory.js';
import { PortError } from '../../../application/ports/port-error.js';
import { openLibrary } from '../../native/open-library.js';
import { espeakWords, type WordEvent } from './espeak-words.js';
import type { EngineOutlet, SynthesisEngine } from './synthesis-engine.js';

const PACKAGE = 'libespeak-ng1';
const BYTES_PER_SAMPLE = 2;
// Of espeak-ng/speak_lib.h: audio is handed to the callback, synthesis runs in the calling thread, errors do not end the process.
const AUDIO_OUTPUT_SYNCHRONOUS = 2;
const INITIALIZE_DONT_EXIT = 0x8000;
const POSITION_CHARACTER = 1;
const CHARACTERS_UTF8 = 1;
const EVENT_LIST_TERMINATED = 0;
const EVENT_WORD = 1;
const EVENTS_MAX = 1000;
const GO_ON = 0;
const STOP = 1;
const BUFFER_MS = 100;

interface EspeakEvent { readonly type: number; readonly text_position: number; readonly length: number; readonly audio_position: number }
type Synth = (...args: [text: string, size: number, position: number, positionType: number, end: number, flags: number, id: null, user: null]) => number;

/**
 * espeak-ng: many languages, hundreds of times faster than speech, so a piece is rendered whole before it is handed out.
 * The library keeps its state globally: one thread of the process may use it.
 */
export class EspeakEngine implements SynthesisEngine {
  /** Kept: a library nobody refers to is unloaded by the garbage collector. */
  private readonly library: unknown;
  private readonly sampleRateHz: number;
  private readonly setCallback: (callback: unknown) => void;
  private readonly setVoice: (name: string) => number;
  private readonly synth: Synth;
  /** `espeak_EVENT`; of the union at its end only the size matters. */
  private readonly event = struct({
    type: 'int', unique_identifier: 'unsigned int', text_position: 'int', length: 'int', audio_position: 'int', sample: 'int', user_data: 'void*', id: 'int64_t',
  });

  /** @throws PortError */
  constructor(directories: readonly string[]) {
    const library = openLibrary({ sonames: ['libespeak-ng.so.1'], debianPackage: PACKAGE, directories });
    this.library = library;
    const initialise = library.func('int espeak_Initialize(int output, int buflength, const char* path, int options)') as (...args: readonly unknown[]) => number;
    this.sampleRateHz = initialise(AUDIO_OUTPUT_SYNCHRONOUS, BUFFER_MS, null, INITIALIZE_DONT_EXIT);
    if (this.sampleRateHz <= 0) {
      throw new PortError('espeak-ng finds no speech data: install the Debian package espeak-ng-data (apt-get install espeak-ng-data)', { code: 'text-to-speech/data-missing', kind: 'not-found' });
    }
    this.setCallback = library.func('void espeak_SetSynthCallback(void* callback)') as never;
    this.setVoice = library.func('int espeak_SetVoiceByName(const char* name)') as never;
    this.synth = library.func(
      'int espeak_Synth(const char* text, size_t size, unsigned int position, int position_type, unsigned int end_position, unsigned int flags, void* id, void* user)',
    ) as never;
  }

  render(text: string, voice: string, outlet: EngineOutlet): void {
    if (this.setVoice(voice) !== 0) throw new Error(`espeak-ng has no voice ${voice}`);
    const audio: Int16Array[] = [];
    const events: WordEvent[] = [];
    const take = (samples: bigint | null, count: number, eventList: bigint | null): number => {
      try {
        if (samples !== null && count > 0) audio.push(new Int16Array(copyBytes(samples, count * BYTES_PER_SAMPLE).buffer, 0, count));
        if (eventList !== null) events.push(...this.wordEvents(eventList));
        return GO_ON;
      } catch {
        return STOP; // must not unwind through C; a piece without audio is reported as such
      }
    };
    withCallback('int espeak_on_audio(void* samples, int count, void* events)', take, (callback) => {
      this.setCallback(callback);
      this.synth(text, Buffer.byteLength(text) + 1, 0, POSITION_CHARACTER, 0, CHARACTERS_UTF8, null, null);
      this.setCallback(null);
    });
    const samples = joined(audio);
    outlet.words(espeakWords(text, events, (samples.length * 1000) / this.sampleRateHz));
    outlet.audio(samples, this.sampleRateHz);
  }

  private wordEvents(list: bigint): readonly WordEvent[] {
    const all = decode(list, this.event, 1) as EspeakEvent[];
    for (let count = 1; count < EVENTS_MAX && all.at(-1)?.type !== EVENT_LIST_TERMINATED; count += 1) {
      all.push(...decode(list + BigInt(count * EVENT_BYTES), this.event, 1) as EspeakEvent[]);
    }
    return all.filter(({ type }) => type === EVENT_WORD).map((event) => ({ characterPosition: event.text_position, atMs: event.audio_position }));
  }
}

/** Size of `espeak_EVENT` on 64-bit Linux. */
const EVENT_BYTES = 40;

function joined(pieces: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
