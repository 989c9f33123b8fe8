import { readFile } from 'node:fs/promises';
import { PortError } from '../../application/ports/port-error.js';
import { firResampler } from '../../domain/audio/fir-resampler.js';
import { channelOf, parseWav, type WavAudio } from '../../domain/audio/wav.js';

const HOW_TO_CONVERT = 'convert it: sox in.wav -r 8000 -c 1 -b 16 out.wav';

/** A caller's line from a WAV: mono, 16 bit, 8 or 16 kHz, brought to the leg's rate. @throws PortError line-source/unreadable */
export async function readWavClip(file: string, sampleRateHz: 8000 | 16000, signal: AbortSignal): Promise<Int16Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file, { signal });
  } catch (cause) {
    throw new PortError(`${file} cannot be read`, { code: 'line-source/unreadable', kind: 'not-found', cause });
  }
  const wav = parseWav(bytes);
  if (!wav.ok) throw unfit(file, wav.fault);
  if (wav.channels !== 1) throw unfit(file, `${wav.channels} channels`);
  return atRate(file, wav, sampleRateHz);
}

function atRate(file: string, wav: WavAudio, sampleRateHz: 8000 | 16000): Int16Array {
  const { sampleRateHz: fromHz } = wav;
  if (fromHz !== 8000 && fromHz !== 16_000) throw unfit(file, `${fromHz} samples per second`);
  const resampler = firResampler(fromHz, sampleRateHz);
  const samples = channelOf(wav, 0);
  const out = new Int16Array(resampler.outputCapacity(samples.length));
  return out.subarray(0, resampler.process(samples, out));
}

function unfit(file: string, why: string): PortError {
  return new PortError(`${file} is no mono 16-bit WAV of 8 or 16 kHz (${why}): ${HOW_TO_CONVERT}`, { code: 'line-source/unreadable', kind: 'rejected' });
}
