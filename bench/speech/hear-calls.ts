import { AudioRing } from '../../src/adapters/speech/local/audio-ring.js';
import { DecoderPool } from '../../src/adapters/speech/local/decoder-pool.js';
import { SphinxModels } from '../../src/adapters/speech/local/sphinx-decoder.js';
import { SphinxLibrary } from '../../src/adapters/speech/local/sphinx-library.js';
import { UtteranceRecogniser } from '../../src/adapters/speech/local/utterance-recogniser.js';
import { overTheLine, type Utterance } from './conditions.js';
import { Random } from './random.js';
import { type Clips, type Hearing, ONSET_MS, PIECE_MS, PRE_ROLL_MS, RATE_HZ, type SpokenCall } from './spoken-call.js';

const MODEL_DIRECTORY = '/usr/share/pocketsphinx/model/en-us';
const DECODERS_MAX = 8;

/** What comes of the calls when the recogniser has all the time it needs: what it hears does not depend on how busy this machine is. */
export async function hearCalls(calls: readonly SpokenCall[], clips: Clips, progress: (done: number) => void): Promise<{ readonly hearings: readonly Hearing[]; readonly cpuTimesRealTime: number }> {
  const models = new SphinxModels(new SphinxLibrary(MODEL_DIRECTORY, []));
  const pool = new DecoderPool(models, DECODERS_MAX);
  const hearings: Hearing[] = [];
  const cpu = process.cpuUsage();
  for (const [index, call] of calls.entries()) {
    hearings.push(...hearCall(pool, call, clips));
    progress(index + 1);
    await new Promise(setImmediate); // so that the progress is written, and Ctrl-C ends it
  }
  const { user, system } = process.cpuUsage(cpu);
  pool.close();
  models.close();
  return { hearings, cpuTimesRealTime: (user + system) / 1e3 / hearings.reduce((sum, { audioMs }) => sum + audioMs, 0) };
}

function hearCall(pool: DecoderPool, call: SpokenCall, clips: Clips): readonly Hearing[] {
  const { purpose, corpus, voice, condition, grammar } = call;
  const random = new Random(call.seed);
  const ring = AudioRing.create(RATE_HZ);
  let final: Pick<Hearing, 'heard' | 'confidence'> = { heard: '', confidence: null };
  const recogniser = new UtteranceRecogniser({ pool, grammar, sampleRateHz: RATE_HZ, ring, confidenceMin: 0 }, {
    partial: () => undefined,
    final: (heard, confidence) => { final = { heard, confidence }; },
    dropped: () => { throw new Error('audio was dropped, although each piece was listened to'); },
  });
  const hearings = call.sentences.map(({ words, spoken }, index): Hearing => {
    const utterance = overTheLine(clips(voice, spoken), condition, random);
    hear(recogniser, ring, utterance);
    return { purpose, corpus, voice, condition, wanted: words, first: index === 0, ...final, audioMs: (utterance.samples.length * 1000) / RATE_HZ };
  });
  recogniser.close();
  return hearings;
}

function hear(recogniser: UtteranceRecogniser, ring: AudioRing, { samples, lead }: Utterance): void {
  const piece = (PIECE_MS * RATE_HZ) / 1000;
  const onset = lead + (ONSET_MS * RATE_HZ) / 1000;
  ring.write(samples.subarray(0, onset));
  recogniser.begin((ring.written - Math.min(onset, (PRE_ROLL_MS * RATE_HZ) / 1000)) >>> 0);
  for (let at = onset; at < samples.length; at += piece) {
    ring.write(samples.subarray(at, at + piece));
    recogniser.audio();
  }
  recogniser.end(ring.written);
}
