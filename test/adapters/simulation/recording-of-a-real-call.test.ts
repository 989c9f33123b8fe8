import { expect } from 'chai';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DiskOutput } from '../../../src/adapters/simulation/disk-output.js';
import { CloseStack } from '../../../src/application/lifecycle/close-stack.js';
import type { MediaLeg } from '../../../src/application/ports/media-leg.js';
import { runSimulation } from '../../../src/application/simulation/run-simulation.js';
import { channelOf, parseWav } from '../../../src/domain/audio/wav.js';
import { alignSignals } from '../../../src/domain/simulation/align-signals.js';
import type { CallReport } from '../../../src/domain/simulation/call-report.js';
import { findDamage } from '../../../src/domain/simulation/find-damage.js';
import { SequentialIds } from '../../support/fakes/sequential-ids.js';
import { NEVER, VOICE } from '../../contract/telephony-scene.js';
import { aScript, says, waitsForAgent, waitsForEnd } from '../../domain/simulation/a-script.js';
import { syntheticSpeech } from '../../domain/simulation/synthetic-speech.js';
import { type Adapter, AsteriskLine, clock } from '../../integration/asterisk/asterisk-line.js';

const RATE = 8000;
/** Both sides of a telephone line know what was said: then every sample of the recording can be held against it. */
const GREETING = syntheticSpeech(3, RATE, 7);
const QUESTION = syntheticSpeech(2, RATE, 8);
const ANSWER = syntheticSpeech(4, RATE, 9);
const OPTIONS = { sampleRateHz: RATE, offsetMsMax: 20_000 };

describe('Recording of a real call', () => {
  const owned = new CloseStack();
  let line: AsteriskLine;
  let gateway: Adapter;
  let callers: Adapter;
  let directory: string;
  before(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-recording-'));
    owned.defer('directory', () => rm(directory, { recursive: true, force: true }));
    line = await AsteriskLine.open();
    owned.defer('line', () => line.close());
    gateway = await line.gateway();
    owned.defer('gateway', () => gateway.telephony.close());
    callers = await line.callers();
    owned.defer('callers', () => callers.telephony.close());
  });
  after(() => owned.close());

  /** An agent who greets, waits until the caller has finished, answers and hangs up. */
  const answerCalls = (): void => {
    gateway.telephony.onOffer(({ leg }) => {
      void (async () => {
        const media = await leg.openMedia(VOICE, NEVER);
        await leg.answer(NEVER);
        await playAll(media, GREETING);
        await new Promise<void>((resolve) => { media.onEvent((event) => { if (event.type === 'speech-ended') resolve(); }); });
        await new Promise((resolve) => { setTimeout(resolve, 500); });
        await playAll(media, ANSWER);
        await leg.hangUp('normal');
      })();
    });
  };

  it('holds both voices at the right speed, in sync, and as undamaged as the line was', async () => {
    answerCalls();
    const reports = await runSimulation({
      clock, ids: new SequentialIds(), telephony: callers.telephony, recogniser: null, events: null, output: new DiskOutput(directory), destinationOf: (did) => line.inbound(did),
      lines: { render: () => Promise.resolve(QUESTION) }, watcher: { watch: () => undefined },
    }, { scripts: [aScript([waitsForAgent(1000), says('question'), waitsForEnd()])], repeat: 1, concurrency: 1, staggerMs: 0 }, NEVER);
    const report = reports[0]!;
    expect(report.failures).to.deep.equal([]);

    const wav = parseWav(await readFile(report.recording ?? ''));
    if (!wav.ok) throw new Error(wav.fault);
    const [caller, agent] = [channelOf(wav, 0), channelOf(wav, 1)];
    const question = found(QUESTION, caller);
    const greeting = found(GREETING, agent);
    const answer = found(ANSWER, agent);
    expect(question.correlation, 'what the caller said, as it was sent').to.be.above(0.999);
    expect(question.damage).to.deep.equal([]);
    expect(greeting.offsetSamples, 'greeting, question, answer').to.be.below(question.offsetSamples);
    expect(question.offsetSamples).to.be.below(answer.offsetSamples);

    // Ticks that a busy machine delayed, in either media thread, are the line's doing too.
    const disturbances = lineTroubles(report) + line.gatewayPlane.statistics().lateTicks + line.callerPlane.statistics().lateTicks;
    for (const [name, part] of [['greeting', greeting], ['answer', answer]] as const) {
      expect(part.correlation, name).to.be.above(0.95);
      expect(part.damage.length, `${name}: every frame that was lost, late, or put in or left out to go on with the line leaves a mark or two, nothing else does`).to.be.at.most(2 * disturbances);
      if (disturbances === 0) expect(Math.abs(part.driftPpm), name).to.be.below(20);
    }
    const responseMs = ((answer.offsetSamples + firstSound(ANSWER)) - (question.offsetSamples + lastSound(QUESTION))) / 8;
    expect(responseMs, 'the recording and the report tell the same').to.be.closeTo(report.responseMs[0] ?? 0, 40);
  });
});

function found(reference: Int16Array, channel: Int16Array): { readonly offsetSamples: number; readonly correlation: number; readonly driftPpm: number; readonly damage: readonly unknown[] } {
  const alignment = alignSignals(reference, channel, OPTIONS);
  if (alignment === null) throw new Error('not in the recording');
  return { ...alignment, damage: findDamage(reference, channel, alignment, RATE) };
}

function lineTroubles({ media }: CallReport): number {
  return (media?.packetsLost ?? 0) + (media?.packetsLate ?? 0) + (media?.framesAdjusted ?? 0);
}

async function playAll(media: MediaLeg, samples: Int16Array): Promise<void> {
  const drained = new Promise<void>((resolve) => {
    const stop = media.onEvent((event) => {
      if (event.type !== 'playout-drained' || at < samples.length) return;
      stop();
      resolve();
    });
  });
  let at = 0;
  while (at < samples.length) {
    at += media.play(samples.subarray(at, at + media.playoutSpace));
    if (at < samples.length) await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  await drained;
}

const LOUD = 500;
function firstSound(samples: Int16Array): number {
  return samples.findIndex((sample) => Math.abs(sample) > LOUD);
}
function lastSound(samples: Int16Array): number {
  return samples.findLastIndex((sample) => Math.abs(sample) > LOUD);
}
