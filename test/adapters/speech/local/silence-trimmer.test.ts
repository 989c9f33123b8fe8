import { expect } from 'chai';
import { SilenceTrimmer } from '../../../../src/adapters/speech/local/silence-trimmer.js';

const RATE_HZ = 8000;
const ms = (count: number): number => (count * RATE_HZ) / 1000;
/** Silence of a synthesiser: not quite nothing. */
const hush = (durationMs: number): number[] => Array.from({ length: ms(durationMs) }, (_, i) => (i % 2 === 0 ? 184 : -184));
const voice = (durationMs: number): number[] => Array.from({ length: ms(durationMs) }, (_, i) => (i % 2 === 0 ? 185 : -185));

/** What comes out when `samples` go in by pieces of `pieceMs`. */
function trimmed(samples: readonly number[], leadMs: number, pieceMs = 100): { readonly out: readonly number[]; readonly trimmer: SilenceTrimmer } {
  const trimmer = new SilenceTrimmer(RATE_HZ, leadMs);
  const out: number[] = [];
  for (let at = 0; at < samples.length; at += ms(pieceMs)) out.push(...trimmer.process(Int16Array.from(samples.slice(at, at + ms(pieceMs)))));
  out.push(...trimmer.rest());
  return { out, trimmer };
}

describe('SilenceTrimmer', () => {
  for (const pieceMs of [1, 20, 100, 5000]) {
    it(`cuts the silence before the voice except its lead, and after it except a pause, in pieces of ${pieceMs} ms`, () => {
      const { out, trimmer } = trimmed([...hush(240), ...voice(500), ...hush(600)], 20, pieceMs);
      expect(out).to.deep.equal([...hush(20), ...voice(500), ...hush(250)]);
      expect(trimmer.cutAtBegin).to.equal(ms(220));
    });
  }

  it('keeps silence within, however long', () => {
    const spoken = [...voice(100), ...hush(1500), ...voice(100)];
    expect(trimmed(spoken, 0).out).to.deep.equal(spoken);
  });

  it('keeps what silence there is when it is shorter than the lead and the pause', () => {
    const { out, trimmer } = trimmed([...hush(30), ...voice(100), ...hush(100)], 150);
    expect(out).to.deep.equal([...hush(30), ...voice(100), ...hush(100)]);
    expect(trimmer.cutAtBegin).to.equal(0);
  });

  it('hands the voice on at once, and holds silence back until the voice goes on', () => {
    const trimmer = new SilenceTrimmer(RATE_HZ, 0);
    expect(trimmer.process(Int16Array.from([...voice(100), ...hush(50)]))).to.have.length(ms(100));
    expect(trimmer.process(Int16Array.from(hush(100)))).to.have.length(0);
    expect(trimmer.process(Int16Array.from(voice(100)))).to.have.length(ms(250));
  });

  it('gives nothing where nobody speaks', () => {
    expect(trimmed(hush(1000), 20).out).to.deep.equal([]);
    expect(trimmed([], 20).out).to.deep.equal([]);
  });

  it('waits for the voice as long as it takes', () => {
    const trimmer = new SilenceTrimmer(RATE_HZ, 20);
    for (let second = 0; second < 60; second += 1) trimmer.process(Int16Array.from(hush(1000)));
    expect(trimmer.process(Int16Array.from(voice(10)))).to.have.length(ms(30));
    expect(trimmer.cutAtBegin).to.equal(ms(60_000 - 20));
  });
});
