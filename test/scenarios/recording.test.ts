import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { LocalTextToSpeech } from '../../src/adapters/speech/local/local-text-to-speech.js';
import { channelOf, parseWav } from '../../src/domain/audio/wav.js';
import { alignSignals } from '../../src/domain/simulation/align-signals.js';
import { findDamage } from '../../src/domain/simulation/find-damage.js';
import { Platform } from '../support/platform.js';
import { silentLogger } from '../support/fakes/silent-logger.js';

const RATE_HZ = 8000;
const GREETING = { text: 'Welcome to North Bank card service. How can I help you?', voice: 'rms' };
const CALLER_LINE = { text: 'i want to speak to a person', voice: 'slt' };

/** What was played, found again in what was recorded at the other end of a real call: both voices, right speed, in sync, undamaged. */
describe('The recording of a simulated call', function () {
  this.timeout(180_000);
  let platform: Platform;
  let recording: { readonly caller: Int16Array; readonly agent: Int16Array };
  /** Frames of the agent that were lost or late on this line, or put in or left out to go on with it, and ticks that the gateway was late for: each leaves a mark or two. */
  let lineTroubles = 0;
  let synthesiser: LocalTextToSpeech;
  const signal = new AbortController().signal;

  before(async function () {
    this.timeout(180_000);
    synthesiser = await LocalTextToSpeech.open({ workers: 1, libraryDirectories: [], logger: silentLogger }, signal);
    platform = await Platform.start();
    const result = await platform.simulate(['examples/calls/transfer.yaml']);
    const file = result.calls[0]?.recording;
    if (file === null || file === undefined) throw new Error(`no recording:\n${result.output}`);
    const media = result.calls[0]?.media;
    lineTroubles = await platform.metric('media_late_ticks_total') + (media?.packets_lost ?? 0) + (media?.packets_late ?? 0) + (media?.frames_adjusted ?? 0);
    const wav = parseWav(await readFile(file));
    if (!('samples' in wav)) throw new Error('not a WAV');
    expect(wav).to.include({ channels: 2, sampleRateHz: RATE_HZ });
    recording = { caller: channelOf(wav, 0), agent: channelOf(wav, 1) };
  });
  after(async () => {
    await platform.stop();
    await synthesiser.close();
  });

  const spoken = async ({ text, voice }: { text: string; voice: string }): Promise<Int16Array> => {
    const samples: number[] = [];
    for await (const chunk of synthesiser.synthesise({ text, voice, language: 'en-US', sampleRateHz: RATE_HZ }, signal)) samples.push(...chunk.samples);
    return Int16Array.from(samples);
  };

  for (const [who, line] of [['agent', GREETING], ['caller', CALLER_LINE]] as const) {
    it(`holds what the ${who} said, at the right speed, with nothing lost, late or clicking`, async () => {
      const reference = await spoken(line);
      const alignment = alignSignals(reference, recording[who], { sampleRateHz: RATE_HZ, offsetMsMax: 30_000 });
      if (alignment === null) throw new Error('not found in the recording');
      expect(alignment.correlation, 'likeness').to.be.greaterThan(0.9);
      if (lineTroubles === 0) expect(Math.abs(alignment.driftPpm), 'drift, parts per million').to.be.lessThan(200);
      const damage = findDamage(reference, recording[who], alignment, RATE_HZ);
      if (who === 'caller') expect(damage).to.deep.equal([]);
      else expect(damage.length, JSON.stringify({ damage, lineTroubles })).to.be.at.most(2 * lineTroubles);
    });
  }

  it('has the caller speak after the greeting, as both heard it', async () => {
    const offset = async (who: 'agent' | 'caller', line: { text: string; voice: string }): Promise<number> => {
      const found = alignSignals(await spoken(line), recording[who], { sampleRateHz: RATE_HZ, offsetMsMax: 30_000 });
      if (found === null) throw new Error(`${who} not found`);
      return (found.offsetSamples * 1000) / RATE_HZ;
    };
    const greetingEndMs = (await offset('agent', GREETING)) + ((await spoken(GREETING)).length * 1000) / RATE_HZ;
    const lineBeginsMs = await offset('caller', CALLER_LINE);
    // The script waits until the agent has been quiet for 700 ms.
    expect(lineBeginsMs - greetingEndMs).to.be.within(300, 2500);
  });
});
