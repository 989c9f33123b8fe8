import { performance } from 'node:perf_hooks';
import { LocalTextToSpeech } from '../../src/adapters/speech/local/local-text-to-speech.js';
import { silentLogger } from '../../test/support/fakes/silent-logger.js';
import { type Distribution, Histogram } from '../../test/support/load/histogram.js';
import type { Clips, SpokenCall } from './spoken-call.js';

const RATE_HZ = 8000;
const never = new AbortController().signal;

/** What each voice says, and what it cost to render. */
export interface RenderedCorpus {
  readonly clips: Clips;
  readonly synthesis: SynthesisFigures;
}

export interface SynthesisFigures {
  readonly texts: number;
  readonly audioS: number;
  /** Request → first audio, one at a time, the voice's first text left out: it loads the voice. */
  readonly firstAudioMs: Distribution;
  /** Wall time by audio time. */
  readonly timesRealTime: number;
  readonly cpuTimesRealTime: number;
}

/** Everything said in `calls`, each text by each voice once. */
export async function renderCorpus(calls: readonly SpokenCall[]): Promise<RenderedCorpus> {
  const synthesiser = await LocalTextToSpeech.open({ workers: 1, libraryDirectories: [], logger: silentLogger }, never);
  const clips = new Map<string, Int16Array>();
  const firstAudioMs = new Histogram();
  let samples = 0;
  let wallMs = 0;
  const cpu = process.cpuUsage();
  try {
    for (const { voice, text, isFirst } of textsOf(calls)) {
      const clip = await render(synthesiser, text, voice);
      clips.set(keyOf(voice, text), clip.samples);
      samples += clip.samples.length;
      wallMs += clip.wallMs;
      if (!isFirst) firstAudioMs.record(clip.firstAudioMs);
    }
  } finally {
    await synthesiser.close();
  }
  const { user, system } = process.cpuUsage(cpu);
  const audioS = samples / RATE_HZ;
  return {
    clips: (voice, text) => clips.get(keyOf(voice, text)) ?? new Int16Array(0),
    synthesis: {
      texts: clips.size, audioS, firstAudioMs: firstAudioMs.summary(), timesRealTime: wallMs / 1000 / audioS, cpuTimesRealTime: (user + system) / 1e6 / audioS,
    },
  };
}

function textsOf(calls: readonly SpokenCall[]): readonly { readonly voice: string; readonly text: string; readonly isFirst: boolean }[] {
  return [...new Set(calls.map(({ voice }) => voice))].flatMap((voice) => {
    const texts = new Set(calls.filter((call) => call.voice === voice).flatMap(({ sentences }) => sentences.map(({ spoken }) => spoken)));
    return [...texts].map((text, index) => ({ voice, text, isFirst: index === 0 }));
  });
}

interface Clip {
  readonly samples: Int16Array;
  readonly firstAudioMs: number;
  readonly wallMs: number;
}

async function render(synthesiser: LocalTextToSpeech, text: string, voice: string): Promise<Clip> {
  const beganMs = performance.now();
  const chunks: Int16Array[] = [];
  let firstAudioMs = 0;
  for await (const { samples } of synthesiser.synthesise({ text, voice, language: 'en-US', sampleRateHz: RATE_HZ }, never)) {
    if (chunks.length === 0) firstAudioMs = performance.now() - beganMs;
    chunks.push(samples);
  }
  const wallMs = performance.now() - beganMs;
  const samples = new Int16Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    samples.set(chunk, at);
    at += chunk.length;
  }
  return { samples, firstAudioMs, wallMs };
}

function keyOf(voice: string, text: string): string {
  return `${voice} ${text}`;
}
