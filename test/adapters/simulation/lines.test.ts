import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { SpokenLines } from '../../../src/adapters/simulation/spoken-lines.js';
import { ToneLines } from '../../../src/adapters/simulation/tone-lines.js';
import { isPortError } from '../../../src/application/ports/port-error.js';
import type { LineRequest } from '../../../src/application/ports/line-source.js';
import { rms } from '../../../src/domain/audio/level.js';
import { tone } from '../../../src/domain/audio/tones.js';
import { wavBytes, wavHeader } from '../../../src/domain/audio/wav.js';
import { FakeTextToSpeech } from '../../support/fakes/fake-text-to-speech.js';

const LIVE = new AbortController().signal;
const sound = (durationMs: number, sampleRateHz = 8000): Int16Array => tone([400], { sampleRateHz, durationMs, decibels: -12 });

/** Speaks every text as half a second of silence, a tone, and half a second of silence. */
function aVoice(clip: readonly Int16Array[] = [new Int16Array(4000), sound(400), new Int16Array(4000)]): FakeTextToSpeech {
  return Object.assign(new FakeTextToSpeech(), { clip });
}

function says(text: string, voice: string | null = null): LineRequest {
  return { line: { kind: 'text', text, voice }, voice: 'rms', language: 'en-US', sampleRateHz: 8000 };
}
const codeOf = async (failing: Promise<unknown>): Promise<string> => failing.then(() => 'none', (error: unknown) => (isPortError(error) ? error.code : String(error)));

describe('SpokenLines', () => {
  it('speaks a line without the silence around it', async () => {
    const clip = await new SpokenLines(aVoice()).render(says('hello'), LIVE);
    expect(clip.length / 8).to.be.within(400, 450);
    expect(rms(clip.subarray(160, 1000))).to.be.above(1000);
  });

  it('speaks with the voice of the line, else of the script, and each line once', async () => {
    const voice = aVoice();
    const lines = new SpokenLines(voice);
    await lines.render(says('one'), LIVE);
    await lines.render(says('two', 'slt'), LIVE);
    await lines.render(says('one'), LIVE);
    expect(voice.syntheses.map(({ request }) => [request.text, request.voice])).to.deep.equal([['one', 'rms'], ['two', 'slt']]);
  });

  it('does not call a silence a line, nor speak for ever', async () => {
    const voice = aVoice();
    voice.clip = [new Int16Array(8000)];
    expect(await codeOf(new SpokenLines(voice).render(says('hush'), LIVE))).to.equal('line-source/silent');
    voice.clip = Array.from({ length: 70 }, () => sound(1000));
    expect(await codeOf(new SpokenLines(voice).render(says('and so on'), LIVE))).to.equal('line-source/too-long');
  });

  it('tries a line again that failed', async () => {
    const voice = aVoice();
    const lines = new SpokenLines(voice);
    const { clip } = voice;
    voice.clip = [];
    expect(await codeOf(lines.render(says('hello'), LIVE))).to.equal('line-source/silent');
    voice.clip = clip;
    expect((await lines.render(says('hello'), LIVE)).length).to.be.above(3000);
  });
});

describe('a line from a WAV', () => {
  let directory: string;
  beforeEach(async () => { directory = await mkdtemp(path.join(os.tmpdir(), 'vg-wav-')); });
  afterEach(async () => { await rm(directory, { recursive: true, force: true }); });

  const wav = async (sampleRateHz: number, channels: 1 | 2 = 1): Promise<LineRequest> => {
    const file = path.join(directory, `${sampleRateHz}-${channels}.wav`);
    const samples = sound(500, sampleRateHz);
    await writeFile(file, Buffer.concat([wavHeader({ sampleRateHz, channels, samplesPerChannel: samples.length / channels }), wavBytes(samples)]));
    return { line: { kind: 'wav', file, text: null }, voice: 'rms', language: 'en-US', sampleRateHz: 8000 };
  };

  it('is played as it is, brought to the rate of the leg', async () => {
    const lines = new SpokenLines(aVoice());
    expect(await lines.render(await wav(8000), LIVE)).to.deep.equal(sound(500));
    const halved = await lines.render(await wav(16_000), LIVE);
    expect(halved.length).to.equal(4000);
    expect(rms(halved.subarray(800, 3200)) / rms(sound(500).subarray(800, 3200))).to.be.closeTo(1, 0.05);
  });

  it('is refused with how to convert it', async () => {
    const lines = new ToneLines();
    for (const request of [await wav(11_025), await wav(8000, 2)]) {
      const error: unknown = await lines.render(request, LIVE).catch((failure: unknown) => failure);
      expect(String(error)).to.contain('sox in.wav -r 8000 -c 1 -b 16 out.wav');
    }
    expect(await codeOf(lines.render({ ...says(''), line: { kind: 'wav', file: path.join(directory, 'none.wav'), text: null } }, LIVE))).to.equal('line-source/unreadable');
  });
});

describe('ToneLines', () => {
  it('gives the same line the same sound, another line another, each as long as its words', async () => {
    const lines = new ToneLines();
    const [one, again, other, longer] = await Promise.all(['where is my card', 'where is my card', 'i want a person', 'where is my card please tell me'].map((text) => lines.render(says(text), LIVE)));
    expect(one).to.deep.equal(again);
    expect(one).not.to.deep.equal(other);
    expect(longer?.length ?? 0).to.be.above(one?.length ?? 0);
    expect(rms(one ?? new Int16Array(0))).to.be.above(1000);
  });
});
