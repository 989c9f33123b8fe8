import { LocalSpeechToText } from '../../src/adapters/speech/local/local-speech-to-text.js';
import type { Logger } from '../../src/application/ports/logger.js';
import { silentLogger } from '../../test/support/fakes/silent-logger.js';
import { type Distribution, Histogram } from '../../test/support/load/histogram.js';
import { type Clips, type Hearing, speakCall, type SpokenCall } from './spoken-call.js';

const DECODERS_MAX = 64;
const never = new AbortController().signal;

export interface Speaking {
  readonly clips: Clips;
  readonly callsAtOnce: number;
  readonly threads: number;
}

export interface RecognitionFigures {
  readonly audioS: number;
  /** CPU of recogniser threads and of feeding them, by time of audio. */
  readonly cpuTimesRealTime: number;
  /** Audio that the recogniser had no time for; has to be 0 for the other figures to mean something. */
  readonly droppedMs: number;
  /** End of utterance → final, with `callsAtOnce`. */
  readonly finalLatencyMs: Distribution;
  readonly callsAtOnce: number;
  readonly threads: number;
  readonly rssBeforeBytes: number;
  readonly rssAfterBytes: number;
}

/** Hears every call, `callsAtOnce` of them. Whatever fits the grammar is reported, however badly. */
export async function recogniseCalls(calls: readonly SpokenCall[], { clips, callsAtOnce, threads }: Speaking, progress: (done: number) => void): Promise<{ readonly hearings: readonly Hearing[]; readonly figures: RecognitionFigures }> {
  const rssBeforeBytes = process.memoryUsage.rss();
  const dropped = { ms: 0 };
  const recogniser = await openRecogniser(threads, dropped);
  const hearings: Hearing[] = [];
  const waiting = [...calls];
  const cpu = process.cpuUsage();
  try {
    await Promise.all(Array.from({ length: callsAtOnce }, async () => {
      for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) {
        hearings.push(...await speakCall(recogniser, call, clips));
        progress(calls.length - waiting.length);
      }
    }));
    const { user, system } = process.cpuUsage(cpu);
    const audioS = hearings.reduce((sum, { audioMs }) => sum + audioMs, 0) / 1000;
    const latency = new Histogram();
    for (const { finalMs } of hearings) latency.record(finalMs);
    return {
      hearings, figures: {
        audioS, cpuTimesRealTime: (user + system) / 1e6 / audioS, droppedMs: dropped.ms, finalLatencyMs: latency.summary(), callsAtOnce, threads,
        rssBeforeBytes, rssAfterBytes: process.memoryUsage.rss(),
      },
    };
  } finally {
    await recogniser.close();
  }
}

/** From the end of an utterance to its final, one call at a time. */
export async function finalLatency(calls: readonly SpokenCall[], clips: Clips): Promise<Distribution> {
  const recogniser = await openRecogniser(1, { ms: 0 });
  const histogram = new Histogram();
  try {
    for (const call of calls) for (const { finalMs } of await speakCall(recogniser, call, clips)) histogram.record(finalMs);
    return histogram.summary();
  } finally {
    await recogniser.close();
  }
}

function openRecogniser(workers: number, dropped: { ms: number }): Promise<LocalSpeechToText> {
  const logger: Logger = { ...silentLogger, warn: (_message, fields) => { dropped.ms += Number(fields?.['droppedMs'] ?? 0); } };
  return LocalSpeechToText.open({ workers, decodersMax: DECODERS_MAX, modelDirectory: null, libraryDirectories: [], logger, confidenceMin: 0 }, never);
}
