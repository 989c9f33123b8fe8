/** About -45 dBFS: louder is voice. */
const VOICE_AMPLITUDE = 184;
/** Kept after the voice: the pause between two sentences. */
const PAUSE_MS = 250;

/**
 * Cuts the silence a synthesiser puts around what it speaks (flite: 140–260 ms before): the caller would wait through it.
 * Silence within is kept, but held back until the voice goes on.
 */
export class SilenceTrimmer {
  /** Samples cut before the voice. */
  cutAtBegin = 0;
  private held: Int16Array = new Int16Array(0);
  private begun = false;

  /** @param leadMs of silence kept before the voice. */
  constructor(private readonly sampleRateHz: number, private readonly leadMs: number) {}

  /** What can be handed on now; may be empty. */
  process(samples: Int16Array): Int16Array {
    const all = joined(this.held, samples);
    const last = all.findLastIndex(isVoice);
    if (last < 0) {
      this.held = this.begun ? all : this.cutLead(all, all.length);
      return new Int16Array(0);
    }
    this.held = all.slice(last + 1);
    const spoken = all.subarray(0, last + 1);
    const result = this.begun ? spoken : this.cutLead(spoken, spoken.findIndex(isVoice));
    this.begun = true;
    return result;
  }

  /** After the last sample. */
  rest(): Int16Array {
    const pause = this.begun ? this.held.slice(0, (this.sampleRateHz * PAUSE_MS) / 1000) : new Int16Array(0);
    this.held = new Int16Array(0);
    return pause;
  }

  private cutLead(samples: Int16Array, voiceAt: number): Int16Array {
    const cut = Math.max(0, voiceAt - (this.sampleRateHz * this.leadMs) / 1000);
    this.cutAtBegin += cut;
    return samples.slice(cut);
  }
}

function isVoice(sample: number): boolean {
  return Math.abs(sample) > VOICE_AMPLITUDE;
}

function joined(a: Int16Array, b: Int16Array): Int16Array {
  const all = new Int16Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
