import { codeOf } from '../../src/application/ports/port-error.js';
import type { VoiceActivityDetector, VoiceActivityStream } from '../../src/application/ports/voice-activity-detector.js';
import { syntheticVoice } from '../../test/support/synthetic-voice.js';
import { pause, residentKb } from './footprint.js';
import { type Quantiles, quantilesOf } from './quantiles.js';

const RATE_HZ = 8000;
const FRAME_MS = 20;
const FRAME_SAMPLES = (FRAME_MS * RATE_HZ) / 1000;
const ONSET_MS = 80;
/** The caller is silent, speaks, and is silent. */
const SILENT_MS = 500;
const VOICED_MS = 500;
const SOUND_MS = 2 * SILENT_MS + VOICED_MS;
const SOUND = new Int16Array((SOUND_MS * RATE_HZ) / 1000);
SOUND.set(syntheticVoice(RATE_HZ, VOICED_MS), (SILENT_MS * RATE_HZ) / 1000);
const TIMES = 8;

export interface DetectionFigures {
  /** All speak at one time: the audio given that makes a voice long enough → its beginning told, the loopback server between included. */
  readonly startedMs: Quantiles;
  /** Streams whose every beginning and end was told, and that never failed. */
  readonly faultless: number;
  /** Memory of this process for each stream. */
  readonly streamKb: number;
  /** CPU of this process, of one core. */
  readonly cpuMsPerStreamAndS: number;
}

export async function measureDetector(detector: VoiceActivityDetector, streams: number): Promise<DetectionFigures> {
  const first = await DetectedVoice.open(detector); // what is made once is no stream's
  await first.speak(1);
  const before = await residentKb();
  const voices = await Promise.all(Array.from({ length: streams }, () => DetectedVoice.open(detector)));
  await Promise.all(voices.map((voice) => voice.speak(1)));
  const streamKb = (await residentKb() - before) / streams;
  for (const voice of voices) voice.startedMs.length = 0;
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  await Promise.all(voices.map(async (voice, index) => {
    await pause((index * FRAME_MS) / streams);
    await voice.speak(TIMES);
  }));
  const seconds = (performance.now() - began) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  await pause(500);
  for (const voice of [first, ...voices]) voice.close();
  return {
    startedMs: quantilesOf(voices.flatMap(({ startedMs }) => startedMs)), faultless: voices.filter(({ told, failure }) => failure === '' && told === 2 * (TIMES + 1)).length,
    streamKb, cpuMsPerStreamAndS: (cpu.user + cpu.system) / 1000 / streams / seconds,
  };
}

/** One caller, at the speed of speech. */
class DetectedVoice {
  readonly startedMs: number[] = [];
  told = 0;
  failure = '';
  private longEnoughAt = 0;
  private stream: VoiceActivityStream | null = null;

  static async open(detector: VoiceActivityDetector): Promise<DetectedVoice> {
    const voice = new DetectedVoice();
    voice.stream = await detector.open({ sampleRateHz: RATE_HZ, voiceMsMin: ONSET_MS, silenceMsMin: 200 }, {
      changed: ({ type }) => { voice.note(type); }, failed: (error) => { voice.failure = codeOf(error); },
    }, new AbortController().signal);
    return voice;
  }

  async speak(times: number): Promise<void> {
    const began = performance.now();
    for (let frame = 0; frame * FRAME_MS < times * SOUND_MS; frame += 1) {
      await pause(began + frame * FRAME_MS - performance.now());
      const atMs = (frame * FRAME_MS) % SOUND_MS;
      if (atMs === SILENT_MS + ONSET_MS - FRAME_MS) this.longEnoughAt = performance.now();
      const at = (atMs * RATE_HZ) / 1000;
      this.stream?.write(SOUND.subarray(at, at + FRAME_SAMPLES));
    }
  }

  close(): void {
    this.stream?.close();
  }

  private note(type: 'started' | 'ended'): void {
    this.told += 1;
    if (type === 'started') this.startedMs.push(performance.now() - this.longEnoughAt);
  }
}
