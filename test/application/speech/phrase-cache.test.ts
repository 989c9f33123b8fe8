import { expect } from 'chai';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { TextToSpeech } from '../../../src/application/ports/text-to-speech.js';
import { PhraseCache } from '../../../src/application/speech/phrase-cache.js';
import { FakeTextToSpeech } from '../../support/fakes/fake-text-to-speech.js';

const never = new AbortController().signal;
const request = { text: 'One moment, please.', voice: 'rms', language: 'en-US', sampleRateHz: 8000 } as const;

async function samplesOf(voice: TextToSpeech, wanted = request, signal = never): Promise<number> {
  let samples = 0;
  for await (const chunk of voice.synthesise(wanted, signal)) samples += chunk.samples.length;
  return samples;
}

describe('the cache of fixed phrases', () => {
  const rig = (bytesMax = 1_000_000) => {
    const inner = new FakeTextToSpeech();
    inner.msPerWord = 100;
    const cache = new PhraseCache({ bytesMax });
    return { inner, cache, voice: cache.over(inner, 'a') };
  };

  it('says what was warmed without the synthesiser, also when that is gone', async () => {
    const { inner, cache, voice } = rig();
    await cache.warm([request], { inner, scope: 'a' }, never);
    inner.failure = new PortError('gone', { code: 'text-to-speech/unavailable', kind: 'unavailable' });
    expect(await samplesOf(voice)).to.equal(2400);
    expect(inner.syntheses).to.have.length(1);
  });

  it('keeps nothing else: texts of an agent rarely repeat', async () => {
    const { inner, voice } = rig();
    await samplesOf(voice);
    await samplesOf(voice);
    expect(inner.syntheses).to.have.length(2);
  });

  it('knows a phrase by its words, voice, language, rate and whose voice it is', async () => {
    const { inner, cache, voice } = rig();
    await cache.warm([request], { inner, scope: 'a' }, never);
    await samplesOf(voice, { ...request, text: ' One  moment,\nplease. ' as never });
    expect(inner.syntheses).to.have.length(1);
    await samplesOf(voice, { ...request, voice: 'slt' as never });
    await samplesOf(voice, { ...request, sampleRateHz: 16_000 as never });
    await samplesOf(cache.over(inner, 'b'));
    expect(inner.syntheses).to.have.length(4);
  });

  it('drops the phrase that was used longest ago when memory is short, and renders it anew', async () => {
    const { inner, cache, voice } = rig(3 * 4800);
    const phrases = ['one two three', 'four five six', 'seven eight nine'].map((text) => ({ ...request, text }));
    await cache.warm(phrases, { inner, scope: 'a' }, never);
    await samplesOf(voice, phrases[0] as never);
    await cache.warm([{ ...request, text: 'ten yes no' }], { inner, scope: 'a' }, never);
    expect(inner.syntheses).to.have.length(4);
    await samplesOf(voice, phrases[0] as never);
    expect(inner.syntheses).to.have.length(4);
    await samplesOf(voice, phrases[1] as never);
    expect(inner.texts.at(-1)).to.equal('four five six');
  });

  it('keeps phrases that could not be rendered at first as soon as they can be', async () => {
    const { inner, cache, voice } = rig();
    inner.failure = new PortError('gone', { code: 'text-to-speech/unavailable', kind: 'unavailable' });
    await cache.warm([request, { ...request, text: 'Goodbye.' }], { inner, scope: 'a' }, never).catch(() => undefined);
    inner.failure = null;
    const goodbye = { ...request, text: 'Goodbye.' as never };
    await samplesOf(voice, goodbye);
    const before = inner.syntheses.length;
    await samplesOf(voice, goodbye);
    expect(inner.syntheses).to.have.length(before);
  });

  it('knows no more fixed phrases than its limit: prompts that were edited since go first', async () => {
    const inner = new FakeTextToSpeech();
    inner.msPerWord = 100;
    const cache = new PhraseCache({ bytesMax: 1_000_000, phrasesMax: 2 });
    const phrases = ['one', 'two', 'three'].map((text) => ({ ...request, text }));
    inner.failure = new PortError('gone', { code: 'text-to-speech/unavailable', kind: 'unavailable' }); // they are known, and not rendered yet
    for (const index of [0, 1, 0, 2]) await cache.warm([phrases[index]!], { inner, scope: 'a' }, never).catch(() => undefined);
    inner.failure = null;
    const rendered = async (index: number): Promise<number> => {
      const before = inner.syntheses.length;
      await samplesOf(cache.over(inner, 'a'), phrases[index] as never);
      await samplesOf(cache.over(inner, 'a'), phrases[index] as never);
      return inner.syntheses.length - before;
    };
    expect([await rendered(0), await rendered(1), await rendered(2)]).to.deep.equal([1, 2, 1]);
  });

  it('keeps nothing that a stand-in said, be it the end alone: the voice is heard again when it has come back', async () => {
    const { inner, cache } = rig();
    inner.failure = new PortError('gone', { code: 'text-to-speech/unavailable', kind: 'unavailable' });
    await cache.warm([request], { inner, scope: 'a' }, never).catch(() => undefined);
    inner.failure = null;
    let standsIn = true;
    const chain: TextToSpeech = {
      capabilities: inner.capabilities,
      async *synthesise(wanted, signal) {
        let first = true;
        for await (const chunk of inner.synthesise(wanted, signal)) {
          yield standsIn && !first ? { ...chunk, standIn: true } : chunk;
          first = false;
        }
      },
    };
    const voice = cache.over(chain, 'a');
    await samplesOf(voice);
    standsIn = false;
    const before = inner.syntheses.length;
    await samplesOf(voice);
    expect(inner.syntheses, 'in its own voice').to.have.length(before + 1);
    await samplesOf(voice);
    expect(inner.syntheses, 'from memory').to.have.length(before + 1);
  });

  it('keeps nothing of a synthesis that was broken off', async () => {
    const { inner, cache, voice } = rig();
    const abort = new AbortController();
    abort.abort();
    await cache.warm([request], { inner, scope: 'a' }, abort.signal);
    expect(await samplesOf(voice)).to.equal(2400);
  });
});
