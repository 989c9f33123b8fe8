import { expect } from 'chai';
import type { CallerSide, MediaEvent } from '../../../src/application/ports/media-leg.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { UNJUDGED_MS_MAX } from '../../../src/application/ports/voice-activity-detector.js';
import { DetectedCaller } from '../../../src/application/speech/detected-caller.js';
import { ProviderHealth } from '../../../src/application/speech/provider-health.js';
import { FakeVoiceActivity } from '../../support/fakes/fake-voice-activity.js';
import { MemoryLeg } from '../../support/fakes/memory-leg.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const DETECTION = { onsetMs: 80, offsetMs: 200, sustainedMs: 200 };
/** Until a detector leads: onset and warm-up. */
const LEADS_MS = 80 + 300;
const GONE = new PortError('gone', { code: 'voice-activity/unavailable', kind: 'unavailable' });

describe('A caller whose speech a detector of one\'s own tells', () => {
  let clock: VirtualClock;
  let leg: MemoryLeg;
  let detector: FakeVoiceActivity;
  let health: ProviderHealth;
  let metrics: RecordingMetrics;
  let log: RecordingLogger;
  let told: string[];
  let heard: number;
  let stops: (() => void)[];
  const fallbacks = (): number => metrics.value('provider_fallbacks_total', { port: 'voice-activity', provider: 'local' });

  /** Somebody begins to listen to the caller. */
  const listen = async (judgement: FakeVoiceActivity['judgement'] = 'by-hand'): Promise<void> => {
    detector.judgement = judgement;
    const caller = new DetectedCaller(leg, { clock, log, metrics, rung: { name: 'ours', port: detector, health }, voiceDetection: DETECTION });
    stops.push(caller.onEvent((event) => { told.push(lineOf(event)); }));
    stops.push(caller.onAudio((samples) => { heard += samples.length; }));
    await clock.settle();
  };
  const speech = (): readonly string[] => told.filter((line) => !line.startsWith('media'));

  beforeEach(() => {
    clock = new VirtualClock({ startMs: 0 });
    leg = new MemoryLeg({ clock, voiceDetection: DETECTION });
    [detector, health, metrics, log] = [new FakeVoiceActivity(), new ProviderHealth(clock), new RecordingMetrics(), new RecordingLogger()];
    [told, heard, stops] = [[], 0, []];
  });
  afterEach(async () => {
    for (const stop of stops) stop();
    await leg.close();
    expect(clock.pending).to.equal(0);
    expect(detector.streams.every(({ closed }) => closed)).to.equal(true);
  });

  it('is detected with the thresholds of the leg, at its rate', async () => {
    await listen();
    expect(detector.stream.options).to.deep.equal({ sampleRateHz: 8000, voiceMsMin: 80, silenceMsMin: 200 });
  });

  it('is told by the detector, by the clock of the leg, and heard all the same', async () => {
    await listen();
    await clock.run(1000);
    leg.hearVoice(1000); // for the leg a voice, for the detector a noise
    await clock.run(1500);
    expect(speech()).to.deep.equal([]);
    detector.stream.tell('started', 300);
    await clock.run(100);
    detector.stream.tell('ended', 50);
    expect(speech()).to.deep.equal(['speech-started 2200', 'speech-sustained 2200', 'speech-ended 2550']);
    expect([heard, told[0]]).to.deep.equal([2600 * 8, 'media-started']);
  });

  it('is told by the leg until the detector has heard enough to know', async () => {
    await listen();
    leg.hearVoice(140);
    await clock.run(LEADS_MS - 20);
    const before = ['speech-started 0', 'speech-ended 140'];
    expect(speech()).to.deep.equal(before);
    leg.hearVoice(500);
    await clock.run(1000);
    expect(speech()).to.deep.equal(before);
    expect(fallbacks()).to.equal(0);
  });

  it('is told what the detector says of a voice that was under way as it began to lead', async () => {
    await listen();
    leg.hearVoice(1000);
    await clock.run(LEADS_MS);
    expect(speech()).to.deep.equal(['speech-started 0', 'speech-sustained 0', 'speech-ended 380']);
  });

  it('is told the same by both when they agree', async () => {
    await listen('by-loudness');
    await clock.run(1000);
    leg.hearVoice(600);
    await clock.run(1000);
    expect(speech()).to.deep.equal(['speech-started 1000', 'speech-sustained 1000', 'speech-ended 1600']);
  });

  it('goes on with the leg in the middle of a word when the detector dies, without a start or an end too many', async () => {
    for (const diesAfterMs of [20, 60, 80, 100, 180, 200, 300, 599, 640, 780, 800, 820]) {
      const scene = { clock: new VirtualClock({ startMs: 0 }), detector: new FakeVoiceActivity(), told: [] as string[] };
      const line = new MemoryLeg({ clock: scene.clock, voiceDetection: DETECTION });
      const caller = new DetectedCaller(line, { clock: scene.clock, log, metrics, rung: { name: 'ours', port: scene.detector, health: new ProviderHealth(scene.clock) }, voiceDetection: DETECTION });
      const stopEvents = caller.onEvent((event) => { scene.told.push(lineOf(event)); });
      const stopAudio = caller.onAudio(() => undefined);
      await scene.clock.run(1000);
      line.hearVoice(600);
      await scene.clock.run(diesAfterMs);
      scene.detector.stream.dies();
      await scene.clock.run(980 - diesAfterMs);
      expect(scene.told.slice(1), `${diesAfterMs} ms into it`).to.deep.equal(['speech-started 1000', 'speech-sustained 1000', 'speech-ended 1600']);
      stopAudio();
      stopEvents();
      await line.close();
    }
  });

  it('goes on with the leg as soon as the detector is too late, and says so once', async () => {
    await listen('by-loudness');
    await clock.run(1000);
    detector.judgement = 'never';
    leg.hearVoice(2000);
    await clock.run(UNJUDGED_MS_MAX);
    expect([speech(), fallbacks()]).to.deep.equal([[], 0]);
    await clock.run(20);
    expect(speech()).to.deep.equal(['speech-started 1020', 'speech-sustained 1020']);
    expect([fallbacks(), metrics.value('provider_errors_total', { port: 'voice-activity', code: 'voice-activity/timeout' })]).to.deep.equal([1, 1]);
    expect(log.lines.map(({ level, message }) => `${level} ${message}`)).to.deep.equal(['warn a voice detector failed: the leg\'s own goes on']);
  });

  it('comes back to the detector after a pause that grows, in the middle of a word too', async () => {
    await listen('by-loudness');
    await clock.run(1000);
    detector.stream.dies();
    await clock.run(980);
    expect(detector.streams.length).to.equal(1);
    await clock.run(20);
    expect(detector.streams.length).to.equal(2);
    leg.hearVoice(1000);
    await clock.run(2000);
    expect(speech()).to.deep.equal(['speech-started 2000', 'speech-sustained 2000', 'speech-ended 3000']);
    detector.stream.dies();
    await clock.run(1980);
    expect(detector.streams.length).to.equal(2);
    await clock.run(20);
    expect([detector.streams.length, fallbacks()]).to.deep.equal([3, 2]);
  });

  it('is told by the leg alone when no detector can be had; a health that rests is left alone', async () => {
    detector.nextOpenings.push(GONE, GONE, GONE, GONE);
    await listen();
    leg.hearVoice(400);
    await clock.run(800);
    expect(speech()).to.deep.equal(['speech-started 0', 'speech-sustained 0', 'speech-ended 400']);
    await clock.run(10_000);
    expect([health.state, detector.nextOpenings.length, fallbacks()]).to.deep.equal(['resting', 1, 1]);
  });

  it('is told by the leg while a detector does not open', async () => {
    detector.nextOpenings.push('hang');
    await listen();
    leg.hearVoice(400);
    await clock.run(800);
    expect(speech().length).to.equal(3);
  });

  it('is no longer given to the detector when nobody listens', async () => {
    await listen();
    await clock.run(1000);
    detector.stream.tell('started', 100);
    stops.pop()?.();
    const { writtenMs } = detector.stream;
    leg.hearVoice(400);
    await clock.run(700);
    expect([detector.stream.closed, detector.stream.writtenMs, detector.streams.length]).to.deep.equal([true, writtenMs, 1]);
    expect(speech()).to.deep.equal(['speech-started 900', 'speech-ended 1000', 'speech-started 1000', 'speech-sustained 1000', 'speech-ended 1400']);
  });

  it('keeps the time of the leg where audio was lost on the way', async () => {
    let give: (samples: Int16Array, position: number, atMs: number) => void = () => undefined;
    const line: CallerSide = { sampleRateHz: 8000, onAudio: (listener) => { give = listener; return () => undefined; }, onEvent: () => () => undefined };
    const caller = new DetectedCaller(line, { clock, log, metrics, rung: { name: 'ours', port: detector, health }, voiceDetection: DETECTION });
    detector.judgement = 'by-hand';
    stops.push(caller.onEvent((event) => { told.push(lineOf(event)); }), caller.onAudio(() => undefined));
    await clock.settle();
    for (const atMs of [1000, 1100, 1200, 1300, 9000]) give(new Int16Array(800), 0, atMs);
    detector.stream.tell('started', 40);
    expect(told).to.deep.equal(['speech-started 9060']);
  });
});

function lineOf(event: MediaEvent): string {
  switch (event.type) {
    case 'speech-started': case 'speech-sustained': return `${event.type} ${event.onsetAtMs}`;
    case 'speech-ended': return `${event.type} ${event.lastVoicedAtMs}`;
    case 'media-started': case 'media-lost': case 'playout-started': case 'playout-drained': return event.type;
  }
}
