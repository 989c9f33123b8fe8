import { PortError } from '../../application/ports/port-error.js';
import type { LineRequest, LineSource } from '../../application/ports/line-source.js';
import type { TextToSpeech } from '../../application/ports/text-to-speech.js';
import { VoiceActivity, VOICE_ACTIVITY_DEFAULTS } from '../../domain/simulation/voice-activity.js';
import { readWavClip } from './wav-clip.js';

/** A line longer than this is a mistake. */
const LINE_MS_MAX = 60_000;
/** Left of the silence before and after the words. */
const MARGIN_MS = 20;
const MS_PER_S = 1000;

/** Lines spoken by a synthesiser or read from WAVs, the silence around them cut off: what is asked for sounds at once. Each is made once. */
export class SpokenLines implements LineSource {
  private readonly made = new Map<string, Promise<Int16Array>>();

  constructor(private readonly synthesiser: TextToSpeech) {}

  render(request: LineRequest, signal: AbortSignal): Promise<Int16Array> {
    const key = JSON.stringify(request);
    const made = this.made.get(key) ?? this.make(request, signal);
    this.made.set(key, made);
    made.catch(() => { this.made.delete(key); }); // told to who asked; the next one may try again
    return made;
  }

  private async make({ line, voice, language, sampleRateHz }: LineRequest, signal: AbortSignal): Promise<Int16Array> {
    if (line.kind === 'wav') return readWavClip(line.file, sampleRateHz, signal); // as recorded, pauses and all
    const request = { text: line.text, voice: line.voice ?? voice, language, sampleRateHz };
    const pieces: Int16Array[] = [];
    let length = 0;
    for await (const { samples } of this.synthesiser.synthesise(request, signal)) {
      pieces.push(samples.slice());
      length += samples.length;
      if (length > (LINE_MS_MAX * sampleRateHz) / MS_PER_S) throw new PortError(`a line takes more than ${LINE_MS_MAX} ms to say`, { code: 'line-source/too-long', kind: 'rejected' });
    }
    return trimmed(joined(pieces, length), sampleRateHz, line.text);
  }
}

function joined(pieces: readonly Int16Array[], length: number): Int16Array {
  const all = new Int16Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function trimmed(samples: Int16Array, sampleRateHz: number, text: string): Int16Array {
  const activity = new VoiceActivity({ sampleRateHz, ...VOICE_ACTIVITY_DEFAULTS });
  activity.push(samples);
  const first = activity.voices[0];
  const last = activity.voices.at(-1);
  if (first === undefined || last === undefined) throw new PortError(`nothing can be heard of "${text}"`, { code: 'line-source/silent', kind: 'protocol' });
  const margin = (MARGIN_MS * sampleRateHz) / MS_PER_S;
  return samples.slice(Math.max(0, first.startSample - margin), last.endSample + margin);
}
