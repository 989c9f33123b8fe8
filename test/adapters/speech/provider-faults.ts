import { expect } from 'chai';
import { isPortError, type PortError } from '../../../src/application/ports/port-error.js';
import type { SpeechToText } from '../../../src/application/ports/speech-to-text.js';
import type { TextToSpeech } from '../../../src/application/ports/text-to-speech.js';
import { codedSpeech } from '../../support/speech/coded-speech.js';
import type { ProviderServer } from '../../support/servers/speech/provider-server.js';

const RATE = 8000;
/** Long enough that an answer of the loopback would have come; a machine that is slower lets the test pass for less, never fail. */
const SILENCE_MS = 400;

export interface FaultyEars { readonly server: ProviderServer; readonly speechToText: SpeechToText }
export interface FaultyVoice { readonly server: ProviderServer; readonly textToSpeech: TextToSpeech; readonly voice: string }

/** What a recogniser over the network says of each way its provider may fail. `quota` is the code for one that ran out of it; null: it goes silent. */
export function speechToTextFaults(name: string, quota: string | null, start: () => Promise<FaultyEars>): void {
  describe(`SpeechToText: ${name}, badly served`, () => {
    let world: FaultyEars;
    beforeEach(async () => { world = await start(); });
    afterEach(async () => { await world.server.stop(); });

    /** The texts heard, and how it ended; 'silence' when nothing more came. */
    const listen = async (): Promise<{ readonly heard: readonly string[]; readonly end: PortError | 'silence' | 'final' }> => {
      const stream = await world.speechToText.open({ language: 'en-US', sampleRateHz: RATE }, new AbortController().signal);
      const heard: string[] = [];
      const reading = (async (): Promise<PortError | 'final'> => {
        try {
          for await (const event of stream) {
            heard.push(event.text);
            if (event.type === 'final') return 'final';
          }
        } catch (error) {
          if (isPortError(error)) return error;
          throw error;
        }
        return 'final';
      })();
      stream.beginUtterance(0);
      const speech = codedSpeech('one two three four', RATE);
      for (let at = 0; at < speech.length; at += 800) {
        stream.write(speech.subarray(at, at + 800));
        await new Promise((resolve) => { setImmediate(resolve); });
      }
      stream.endUtterance();
      const end = await orSilence(reading);
      await stream.close();
      return { heard, end };
    };
    const expectCode = async (code: string, kind: string): Promise<PortError> => {
      const { end } = await listen();
      if (!isPortError(end)) throw new Error(`it ended with ${end}`);
      expect([end.code, end.kind]).to.deep.equal([code, kind]);
      return end;
    };

    it('is unauthorised by 401', async () => {
      world.server.fault = { kind: 'status', status: 401 };
      await expectCode('speech-to-text/unauthorised', 'rejected');
    });

    it('is rate limited by 429', async () => {
      world.server.fault = { kind: 'status', status: 429, retryAfterS: 7 };
      await expectCode('speech-to-text/rate-limited', 'rate-limited');
    });

    it('is unavailable when the connection is refused', async () => {
      world.server.fault = { kind: 'refuse' };
      await expectCode('speech-to-text/unavailable', 'unavailable');
    });

    it('is silent when the provider hangs, and leaves nothing behind', async () => {
      world.server.fault = { kind: 'hang' };
      expect(await listen()).to.deep.equal({ heard: [], end: 'silence' });
    });

    it('is silent after half a stream: no final is made up', async () => {
      world.server.fault = { kind: 'half', words: 2 };
      expect((await listen()).end).to.equal('silence');
    });

    for (const kind of ['close-in-word', 'break-in-word'] as const) {
      it(`is unavailable after ${kind}`, async () => {
        world.server.fault = { kind, words: 2 };
        await expectCode('speech-to-text/unavailable', 'unavailable');
      });
    }

    it('says that garbage is no protocol', async () => {
      world.server.fault = { kind: 'garbage' };
      await expectCode('speech-to-text/protocol', 'protocol');
    });

    it(`${quota === null ? 'is silent' : `says ${quota}`} when the quota is gone`, async () => {
      world.server.fault = { kind: 'quota' };
      const { end } = await listen();
      expect(isPortError(end) ? end.code : end).to.equal(quota ?? 'silence');
    });
  });
}

/** What a voice over the network says of each way its provider may fail. */
export function textToSpeechFaults(name: string, quota: string, start: () => Promise<FaultyVoice>): void {
  describe(`TextToSpeech: ${name}, badly served`, () => {
    let world: FaultyVoice;
    beforeEach(async () => { world = await start(); });
    afterEach(async () => { await world.server.stop(); });

    const speak = async (): Promise<{ readonly ms: number; readonly end: PortError | 'silence' | 'complete' }> => {
      const abort = new AbortController();
      let samples = 0;
      const reading = (async (): Promise<PortError | 'complete'> => {
        try {
          for await (const chunk of world.textToSpeech.synthesise({ text: 'one two three four five', voice: world.voice, language: 'en-US', sampleRateHz: RATE }, abort.signal)) samples += chunk.samples.length;
          return 'complete';
        } catch (error) {
          if (isPortError(error)) return error;
          throw error;
        }
      })();
      const end = await orSilence(reading);
      abort.abort();
      await reading;
      return { ms: (samples * 1000) / RATE, end };
    };
    const expectCode = async (code: string, kind: string): Promise<PortError> => {
      const { end } = await speak();
      if (!isPortError(end)) throw new Error(`it ended with ${end}`);
      expect([end.code, end.kind]).to.deep.equal([code, kind]);
      return end;
    };

    it('is unauthorised by 401', async () => {
      world.server.fault = { kind: 'status', status: 401 };
      await expectCode('text-to-speech/unauthorised', 'rejected');
    });

    it('is rate limited by 429', async () => {
      world.server.fault = { kind: 'status', status: 429, retryAfterS: 7 };
      await expectCode('text-to-speech/rate-limited', 'rate-limited');
    });

    it('is unavailable when the connection is refused', async () => {
      world.server.fault = { kind: 'refuse' };
      await expectCode('text-to-speech/unavailable', 'unavailable');
    });

    it('is silent when the provider hangs, and aborting frees everything', async () => {
      world.server.fault = { kind: 'hang' };
      expect(await speak()).to.deep.equal({ ms: 0, end: 'silence' });
    });

    it('is silent after half an answer', async () => {
      world.server.fault = { kind: 'half', words: 3 };
      const { ms, end } = await speak();
      expect(end).to.equal('silence');
      expect(ms).to.be.within(400, 720);
    });

    for (const kind of ['close-in-word', 'break-in-word'] as const) {
      it(`gives what came, then is unavailable, after ${kind}`, async () => {
        world.server.fault = { kind, words: 3 };
        const { ms, end } = await speak();
        expect(isPortError(end) && end.code).to.equal('text-to-speech/unavailable');
        expect(ms).to.be.within(0, 820);
      });
    }

    it('says that garbage is no protocol', async () => {
      world.server.fault = { kind: 'garbage' };
      await expectCode('text-to-speech/protocol', 'protocol');
    });

    it(`says ${quota} when the quota is gone`, async () => {
      world.server.fault = { kind: 'quota' };
      const { end } = await speak();
      expect(isPortError(end) && end.code).to.equal(quota);
    });
  });
}

async function orSilence<T>(work: Promise<T>): Promise<T | 'silence'> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<'silence'>((resolve) => { timer = setTimeout(() => { resolve('silence'); }, SILENCE_MS); });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}
