import { expect } from 'chai';
import { ChunkOutlet } from '../../../../src/adapters/speech/local/chunk-outlet.js';
import { SilenceTrimmer } from '../../../../src/adapters/speech/local/silence-trimmer.js';
import type { SpokenWord } from '../../../../src/adapters/speech/local/synthesis-protocol.js';
import { tone } from '../../../../src/domain/audio/tones.js';

const LEAD_MS = 20;

/** Where chunks go; `wantedChunks` of them are wanted. */
class Taker {
  readonly chunks: { readonly samples: Int16Array; readonly words: readonly SpokenWord[] }[] = [];
  readonly outlet: ChunkOutlet;

  constructor(sampleRateHz: 8000 | 16000, wantedChunks = Infinity) {
    this.outlet = new ChunkOutlet(sampleRateHz, new SilenceTrimmer(sampleRateHz, LEAD_MS), () => this.chunks.length < wantedChunks, (samples, words) => { this.chunks.push({ samples, words }); });
  }

  get lengths(): readonly number[] {
    return this.chunks.map(({ samples }) => samples.length);
  }

  get words(): readonly (readonly string[])[] {
    return this.chunks.map(({ words }) => words.map(({ text, startMs, endMs }) => `${text} ${startMs}-${endMs}`));
  }
}

/** Loud all the time. */
const loud = (durationMs: number, sampleRateHz = 8000): Int16Array => new Int16Array((durationMs * sampleRateHz) / 1000).fill(5000);

describe('ChunkOutlet', () => {
  it('hands on 100 ms at a time, the last longer rather than a crumb after it', () => {
    const taker = new Taker(8000);
    taker.outlet.audio(loud(450), 8000);
    taker.outlet.finish();
    expect(taker.lengths).to.deep.equal([800, 800, 800, 1200]);
    expect(taker.outlet.samples).to.equal(3600);
  });

  it('gives each chunk the words that begin in it', () => {
    const taker = new Taker(8000);
    taker.outlet.words([{ text: 'one', startMs: 0, endMs: 99 }, { text: 'two', startMs: 99, endMs: 200 }, { text: 'three', startMs: 200, endMs: 400 }]);
    taker.outlet.audio(loud(400), 8000);
    expect(taker.words).to.deep.equal([['one 0-99', 'two 99-200'], [], ['three 200-400'], []]);
  });

  it('tells times of words as they are heard, without the silence that was cut', () => {
    const taker = new Taker(8000);
    taker.outlet.words([{ text: 'one', startMs: 200, endMs: 350 }, { text: 'two', startMs: 350, endMs: 500 }]);
    taker.outlet.audio(new Int16Array(1600), 8000);
    taker.outlet.audio(loud(300), 8000);
    expect(taker.words).to.deep.equal([['one 20-170'], ['two 170-320'], []]);
  });

  it('does not let a word begin before the audio', () => {
    const taker = new Taker(8000);
    taker.outlet.words([{ text: 'one', startMs: 100, endMs: 350 }]);
    taker.outlet.audio(new Int16Array(1600), 8000);
    taker.outlet.audio(loud(100), 8000);
    expect(taker.words).to.deep.equal([['one 0-170']]);
  });

  for (const [fromHz, toHz] of [[16_000, 8000], [8000, 16_000], [22_050, 8000], [16_000, 16_000]] as const) {
    it(`brings ${fromHz} Hz to ${toHz} Hz`, () => {
      const taker = new Taker(toHz);
      taker.outlet.audio(tone([400], { sampleRateHz: fromHz, durationMs: 500, decibels: -12 }), fromHz);
      taker.outlet.finish();
      const all = taker.chunks.flatMap(({ samples }) => [...samples]);
      const rises = all.filter((sample, i) => sample >= 0 && (all[i - 1] ?? 0) < 0).length;
      expect(rises, 'periods of 400 Hz in half a second').to.be.within(195, 201);
      expect((all.length * 1000) / toHz).to.be.within(480, 520);
    });
  }

  it('keeps a sound that is rendered in pieces whole over their edges', () => {
    const [whole, pieces] = [new Taker(8000), new Taker(8000)];
    const sound = tone([400], { sampleRateHz: 16_000, durationMs: 500, decibels: -12 });
    whole.outlet.audio(sound, 16_000);
    for (let at = 0; at < sound.length; at += 1600) pieces.outlet.audio(sound.subarray(at, at + 1600), 16_000);
    for (const { outlet } of [whole, pieces]) outlet.finish();
    expect(pieces.chunks.flatMap(({ samples }) => [...samples])).to.deep.equal(whole.chunks.flatMap(({ samples }) => [...samples]));
  });

  it('tells the engine to stop when nobody wants the rest, and hands nothing on any more', () => {
    const taker = new Taker(8000, 2);
    expect(taker.outlet.audio(loud(150), 8000)).to.equal(true);
    expect(taker.outlet.audio(loud(500), 8000)).to.equal(false);
    taker.outlet.finish();
    expect(taker.chunks).to.have.length(2);
  });
});
