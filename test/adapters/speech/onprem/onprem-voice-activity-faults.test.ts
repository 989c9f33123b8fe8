import { expect } from 'chai';
import { HealthCheckResponse_ServingStatus as Serving } from '../../../../src/adapters/grpc/generated/grpc/health/v1/health.js';
import { codeOf } from '../../../../src/application/ports/port-error.js';
import { UNJUDGED_MS_MAX, type VoiceActivityStream } from '../../../../src/application/ports/voice-activity-detector.js';
import type { DetectionAnswer } from '../../../support/servers/speech/coded-detection.js';
import type { ProviderFault } from '../../../support/servers/speech/faults.js';
import { OnpremServer } from '../../../support/servers/speech/onprem-server.js';
import { syntheticVoice } from '../../../support/synthetic-voice.js';
import { until } from '../../../support/until.js';
import { detector, settingsOf } from './onprem-world.js';

const OPTIONS = { sampleRateHz: 8000, voiceMsMin: 80, silenceMsMin: 200 } as const;
const PIECE_MS = 20;
const never = new AbortController().signal;

const started = (atMs: number): DetectionAnswer => ({ $case: 'started', value: { atMs } });
const ended = (atMs: number): DetectionAnswer => ({ $case: 'ended', value: { atMs } });
const heard = (untilMs: number): DetectionAnswer => ({ $case: 'heard', value: { untilMs } });

describe('a detector of one\'s own when it fails', function () {
  this.timeout(20_000);
  let server: OnpremServer;
  beforeEach(async () => { server = await OnpremServer.start(); });
  afterEach(async () => { await server.stop(); });

  /** What comes of a stream that is written to for so long: the changes told, then the code of its failure. */
  const outcomeOf = async (ms: number, settings = settingsOf(server), samples = syntheticVoice(8000, ms)): Promise<readonly string[]> => {
    const told: string[] = [];
    const isOver = (): boolean => told.at(-1)?.includes('/') === true;
    let stream: VoiceActivityStream;
    try {
      stream = await detector(settings).open(OPTIONS, { changed: ({ type }) => { told.push(type); }, failed: (error) => { told.push(codeOf(error)); } }, never);
    } catch (error) {
      return [`not opened: ${codeOf(error)}`];
    }
    let writtenMs = 0;
    for (let at = 0; at < samples.length; at += PIECE_MS * 8) {
      stream.write(samples.subarray(at, at + PIECE_MS * 8));
      writtenMs += PIECE_MS;
      // A leg never waits; the test does where it may, so that only the fault counts.
      if (server.fault.kind !== 'hang' && server.fault.kind !== 'half') await until(() => isOver() || stream.judgedMs > writtenMs - UNJUDGED_MS_MAX / 2);
      if (isOver()) break;
    }
    if (server.fault.kind !== 'well' && server.fault.kind !== 'slow') await until(isOver);
    stream.close();
    return told;
  };

  const FAULTS: readonly (readonly [string, ProviderFault, readonly string[]])[] = [
    ['cuts the connection', { kind: 'refuse' }, ['not opened: voice-activity/unavailable']],
    ['does not know us', { kind: 'status', status: 401 }, ['voice-activity/unauthorised']],
    ['has had enough', { kind: 'status', status: 429 }, ['voice-activity/rate-limited']],
    ['takes everything and says nothing', { kind: 'hang' }, ['voice-activity/timeout']],
    ['ends the stream in mid-call as if all were well', { kind: 'close-in-word', words: 1 }, ['started', 'voice-activity/unavailable']],
    ['breaks off in mid-call', { kind: 'break-in-word', words: 1 }, ['started', 'voice-activity/unavailable']],
    ['answers with what is no message', { kind: 'garbage' }, ['voice-activity/protocol']],
  ];
  for (const [what, fault, expected] of FAULTS) {
    it(`is told of by its code when it ${what}`, async () => {
      server.fault = fault;
      expect(await outcomeOf(2000)).to.deep.equal(expected);
      await until(() => server.open === 0);
    });
  }

  it('is timed out when it falls silent in mid-call', async () => {
    server.fault = { kind: 'half', words: 0 };
    expect((await outcomeOf(3000)).at(-1)).to.equal('voice-activity/timeout');
  });

  it('may be slow, and is heard then', async () => {
    server.fault = { kind: 'slow', delayMs: 60 };
    const voice = new Int16Array(8000);
    voice.set(syntheticVoice(8000, 400));
    expect(await outcomeOf(1000, settingsOf(server), voice)).to.deep.equal(['started', 'ended']);
  });

  it('is timed out when it is too slow', async () => {
    server.fault = { kind: 'slow', delayMs: 60_000 };
    const failures: string[] = [];
    const stream = await detector(settingsOf(server)).open(OPTIONS, { changed: () => undefined, failed: (error) => { failures.push(codeOf(error)); } }, never);
    for (let writtenMs = 0; writtenMs <= UNJUDGED_MS_MAX; writtenMs += PIECE_MS) {
      expect(failures).to.deep.equal([]);
      stream.write(new Int16Array(PIECE_MS * 8));
    }
    expect(failures).to.deep.equal(['voice-activity/timeout']);
  });

  const CONTRADICTIONS: readonly (readonly [string, readonly DetectionAnswer[], readonly string[]])[] = [
    ['an end without a beginning', [ended(0)], []],
    ['two beginnings', [started(0), started(10)], ['started']],
    ['an end before its beginning', [started(15), ended(10)], ['started']],
    ['a beginning before the end of the last voice', [started(0), ended(15), started(10)], ['started', 'ended']],
    ['a voice that has not been sent yet', [started(5000)], []],
    ['hearing what was not sent yet', [heard(5000)], []],
    ['hearing less than before', [heard(20), heard(10)], []],
  ];
  for (const [what, answers, before] of CONTRADICTIONS) {
    it(`is not believed when it tells of ${what}`, async () => {
      server.detects = answers;
      expect(await outcomeOf(2000)).to.deep.equal([...before, 'voice-activity/protocol']);
    });
  }

  it('is not used while it says that it does not serve, nor with the wrong token', async () => {
    expect(await outcomeOf(2000, settingsOf(server, { token: 'guessed' }))).to.deep.equal(['voice-activity/unauthorised']);
    server.serving = Serving.NOT_SERVING;
    expect(await outcomeOf(200)).to.deep.equal(['not opened: voice-activity/unavailable']);
    expect(server.checks).to.deep.equal(['voicegateway.speech.v1.VoiceActivity', 'voicegateway.speech.v1.VoiceActivity']);
  });
});
