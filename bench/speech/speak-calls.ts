import { LocalSpeechToText } from '../../src/adapters/speech/local/local-speech-to-text.js';
import type { Logger } from '../../src/application/ports/logger.js';
import { silentLogger } from '../../test/support/fakes/silent-logger.js';
import { type Distribution, Histogram } from '../../test/support/load/histogram.js';
import { type Clips, speakCall, type SpokenCall, type TimedHearing } from './spoken-call.js';

const DECODERS_MAX = 48;
/** Later finals are counted together. */
const LATENCY_MS_MAX = 30_000;

export interface Speaking {
  readonly clips: Clips;
  readonly callsAtOnce: number;
  readonly threads: number;
}

/** Of callers who speak at one time, at the pace of speech: what a busy machine makes of them. */
export interface SpeakingFigures {
  readonly callsAtOnce: number;
  readonly threads: number;
  readonly said: number;
  /** Other words than were said, or none. */
  readonly wrong: number;
  /** End of utterance → final. */
  readonly finalLatencyMs: Distribution;
  /** Audio that the recogniser had no time for. */
  readonly droppedMs: number;
}

/** Lets `callsAtOnce` callers speak at one time until every call is over. */
export async function speakCalls(calls: readonly SpokenCall[], { clips, callsAtOnce, threads }: Speaking): Promise<SpeakingFigures> {
  const dropped = { ms: 0 };
  const logger: Logger = { ...silentLogger, warn: (_message, fields) => { dropped.ms += Number(fields?.['droppedMs'] ?? 0); } };
  const recogniser = await LocalSpeechToText.open({ workers: threads, decodersMax: DECODERS_MAX, modelDirectory: null, libraryDirectories: [], logger }, new AbortController().signal);
  const hearings: TimedHearing[] = [];
  const waiting = [...calls];
  try {
    await Promise.all(Array.from({ length: callsAtOnce }, async () => {
      for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) hearings.push(...await speakCall(recogniser, call, clips));
    }));
  } finally {
    await recogniser.close();
  }
  const latency = new Histogram(1, LATENCY_MS_MAX);
  for (const { finalMs } of hearings) latency.record(finalMs);
  const wrong = hearings.filter(({ heard, wanted }) => heard !== wanted).length;
  return { callsAtOnce, threads, said: hearings.length, wrong, finalLatencyMs: latency.summary(), droppedMs: dropped.ms };
}
