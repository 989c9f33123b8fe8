import { expect } from 'chai';
import { isPortError } from '../../src/application/ports/port-error.js';
import type { SynthesisRequest, TextToSpeech } from '../../src/application/ports/text-to-speech.js';

export interface TextToSpeechFixture {
  readonly textToSpeech: TextToSpeech;
  /** A request that must give audio. */
  readonly request: SynthesisRequest;
  close(): Promise<void>;
}

async function audioOf(textToSpeech: TextToSpeech, request: SynthesisRequest, signal = new AbortController().signal): Promise<number> {
  let samples = 0;
  for await (const chunk of textToSpeech.synthesise(request, signal)) samples += chunk.samples.length;
  return samples;
}

/** What every synthesiser must keep, by sentence of the port's docstring. */
export function textToSpeechContract(name: string, open: () => Promise<TextToSpeechFixture>): void {
  describe(`TextToSpeech: ${name}`, () => {
    let fixture: TextToSpeechFixture;
    before(async () => { fixture = await open(); });
    after(async () => { await fixture.close(); });

    it('gives audio at the rate asked for: twice as many samples at twice the rate', async () => {
      const narrow = await audioOf(fixture.textToSpeech, { ...fixture.request, sampleRateHz: 8000 });
      const wide = await audioOf(fixture.textToSpeech, { ...fixture.request, sampleRateHz: 16_000 });
      expect(narrow).to.be.greaterThan(2000);
      expect(wide / narrow).to.be.within(1.9, 2.1);
    });

    it('ends, and gives more audio for more text', async () => {
      const one = await audioOf(fixture.textToSpeech, fixture.request);
      const two = await audioOf(fixture.textToSpeech, { ...fixture.request, text: `${fixture.request.text} ${fixture.request.text}` });
      expect(two / one).to.be.within(1.5, 2.5);
    });

    it('yields nothing after the signal aborted', async () => {
      const abort = new AbortController();
      abort.abort();
      let samples = 0;
      try {
        samples = await audioOf(fixture.textToSpeech, fixture.request, abort.signal);
      } catch (error) {
        expect(isPortError(error)).to.equal(true);
      }
      expect(samples).to.equal(0);
    });

    it('tells the truth about its voices', () => {
      const { voices } = fixture.textToSpeech.capabilities;
      expect(voices.map(({ name: voice }) => voice)).to.include(fixture.request.voice);
    });

    it('serves several at once', async () => {
      const alone = await audioOf(fixture.textToSpeech, fixture.request);
      const together = await Promise.all([1, 2, 3].map(() => audioOf(fixture.textToSpeech, fixture.request)));
      for (const samples of together) expect(samples / alone).to.be.within(0.9, 1.1);
    });
  });
}
