/**
 * Entry module of the media thread, started by RtpMediaPlane: the one place where the thread's parts, which must not know
 * each other, meet.
 */
import { loadFvadClassifiers } from '../adapters/dsp/fvad-classifier.js';
import { runMediaThread } from '../adapters/media/media-thread.js';
import { EnergyVad } from '../domain/audio/energy-vad.js';
import type { FrameClassifierFactory } from '../domain/audio/vad.js';

const VAD_MODE = 3;

async function classifiers(): Promise<FrameClassifierFactory> {
  try {
    return await loadFvadClassifiers(VAD_MODE);
  } catch {
    return () => new EnergyVad(); // no WebAssembly here: a plainer detector is better than no call
  }
}

await runMediaThread(await classifiers());
