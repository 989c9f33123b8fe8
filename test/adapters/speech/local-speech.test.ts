import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { LocalSpeechToText } from '../../../src/adapters/speech/local/local-speech-to-text.js';
import { LocalTextToSpeech } from '../../../src/adapters/speech/local/local-text-to-speech.js';
import { isPortError } from '../../../src/application/ports/port-error.js';
import type { TranscriptionStream } from '../../../src/application/ports/speech-to-text.js';
import { PhraseCache } from '../../../src/application/speech/phrase-cache.js';
import { textToSpeechContract } from '../../contract/text-to-speech.contract.js';
import { telephoneAudio, utter } from './telephone-audio.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';

const RATE_HZ = 8000;
const GRAMMAR = readFileSync('examples/grammars/card-delivery.jsgf', 'utf8');
const signal = new AbortController().signal;
const openSynthesiser = (): Promise<LocalTextToSpeech> => LocalTextToSpeech.open({ workers: 1, libraryDirectories: [], logger: silentLogger }, signal);
const openRecogniser = (): Promise<LocalSpeechToText> =>
  LocalSpeechToText.open({ workers: 1, decodersMax: 4, modelDirectory: null, libraryDirectories: [], logger: silentLogger }, signal);

for (const [voice, language] of [['rms', 'en-US'], ['espeak-de', 'de-DE']] as const) {
  textToSpeechContract(`LocalTextToSpeech, ${voice}`, async () => {
    const textToSpeech = await openSynthesiser();
    return { textToSpeech, request: { text: 'Your card will arrive on Thursday.', voice, language, sampleRateHz: RATE_HZ }, close: () => textToSpeech.close() };
  });
}
textToSpeechContract('PhraseCache over LocalTextToSpeech', async () => {
  const inner = await openSynthesiser();
  const cache = new PhraseCache({ bytesMax: 10_000_000 });
  const request = { text: 'Welcome.', voice: 'slt', language: 'en-US', sampleRateHz: RATE_HZ } as const;
  await cache.warm([{ ...request, text: `${request.text} How can I help?` }], { inner, scope: 'local' }, signal);
  return { textToSpeech: cache.over(inner, 'local'), request: { ...request, text: 'Welcome. How can I help?' }, close: () => inner.close() };
});

describe('Local speech on telephone audio', () => {
  let synthesiser: LocalTextToSpeech;
  let recogniser: LocalSpeechToText;
  before(async () => {
    synthesiser = await openSynthesiser();
    recogniser = await openRecogniser();
  });
  after(async () => {
    await recogniser.close();
    await synthesiser.close();
  });

  const speak = (text: string, voice: string): Promise<Int16Array> => telephoneAudio(synthesiser, text, voice);
  const hear = utter;
  const open = (): Promise<TranscriptionStream> => recogniser.open({ language: 'en-US', sampleRateHz: RATE_HZ, grammar: GRAMMAR }, signal);

  for (const voice of ['rms', 'slt', 'awb']) {
    it(`is recognised word for word, from the first utterance of a call on (${voice})`, async () => {
      const stream = await open();
      for (const line of ['no thank you goodbye', 'where is my card', 'i want to speak to a person', 'four seven one one two three', 'stop']) {
        const events = await hear(stream, await speak(line, voice));
        expect(events.at(-1)).to.deep.include({ type: 'final', text: line });
      }
      await stream.close();
    });
  }

  it('tells what it has heard so far while somebody speaks', async () => {
    const stream = await open();
    const events = await hear(stream, await speak('i want to speak to a person', 'rms'));
    expect(events.filter(({ type }) => type === 'partial')).to.have.length.greaterThan(1);
    await stream.close();
  });

  it('answers an utterance without voice with an empty final', async () => {
    const stream = await open();
    const events = await hear(stream, new Int16Array(12_000));
    expect(events.at(-1)).to.deep.include({ type: 'final', text: '' });
    await stream.close();
  });

  it('names the word of a grammar that its dictionary does not have', async () => {
    const error: unknown = await recogniser.open({ language: 'en-US', sampleRateHz: RATE_HZ, grammar: '#JSGF V1.0; grammar g; public <a> = hello xyzzyq;' }, signal).catch((caught: unknown) => caught);
    expect(isPortError(error) && error.code).to.equal('speech-to-text/bad-grammar');
    expect((error as Error).message).to.contain('xyzzyq');
  });

  it('yields nothing and frees the stream after the signal aborted', async () => {
    const abort = new AbortController();
    const stream = await recogniser.open({ language: 'en-US', sampleRateHz: RATE_HZ, grammar: GRAMMAR }, abort.signal);
    abort.abort();
    expect(await stream[Symbol.asyncIterator]().next()).to.deep.equal({ done: true, value: undefined });
  });

  it('begins its clips with the voice, not with silence', async () => {
    const samples: number[] = [];
    for await (const chunk of synthesiser.synthesise({ text: 'Thank you.', voice: 'slt', language: 'en-US', sampleRateHz: RATE_HZ }, signal)) samples.push(...chunk.samples);
    expect(samples.findIndex((sample) => Math.abs(sample) > 184) / 8, 'ms before the voice').to.be.within(0, 21);
  });

  it('refuses a voice that it does not have', async () => {
    const error: unknown = await synthesiser.synthesise({ text: 'x', voice: 'nobody', language: 'en-US', sampleRateHz: RATE_HZ }, signal).next().catch((caught: unknown) => caught);
    expect(isPortError(error) && error.code).to.equal('text-to-speech/unknown-voice');
  });
});
