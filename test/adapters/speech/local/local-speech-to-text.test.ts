import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { LocalSpeechToText } from '../../../../src/adapters/speech/local/local-speech-to-text.js';
import { isPortError } from '../../../../src/application/ports/port-error.js';
import type { TranscriptionStream } from '../../../../src/application/ports/speech-to-text.js';
import { speechToTextContract, type SpokenSentence } from '../../../contract/speech-to-text.contract.js';
import { finalText, utter } from '../telephone-audio.js';
import { RecogniserWorkshop, WORKSHOP_OPTIONS } from './recogniser-workshop.js';

const signal = new AbortController().signal;
/** Between pieces of 100 ms: a busy machine may fall behind, but not by the 2 s after which audio is dropped. */
const BREATH_MS = 20;
const NEVER_AGAIN_MS = 3_600_000;

describe('LocalSpeechToText', () => {
  let workshop: RecogniserWorkshop;
  let recogniser: LocalSpeechToText;
  let sentences: readonly [SpokenSentence, SpokenSentence];
  before(async () => {
    workshop = await RecogniserWorkshop.open();
    sentences = await workshop.sentences();
    recogniser = await workshop.recogniser(1, 0);
  });
  after(async () => {
    await recogniser.close();
    await workshop.close();
  });

  speechToTextContract('LocalSpeechToText', { countsDrops: true, fails: true }, () => {
    const droppedBeforeMs = workshop.droppedMs;
    return Promise.resolve({
      speechToText: recogniser, options: WORKSHOP_OPTIONS, sentences, breathe: () => sleep(BREATH_MS),
      droppedMs: () => workshop.droppedMs - droppedBeforeMs, fail: () => workshop.kill(), close: () => Promise.resolve(),
    });
  });
});

describe('LocalSpeechToText, when a thread dies', () => {
  let workshop: RecogniserWorkshop;
  let recogniser: LocalSpeechToText;
  const open = (): Promise<TranscriptionStream> => recogniser.open(WORKSHOP_OPTIONS, signal);
  const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'none', (error: unknown) => (isPortError(error) ? error.code : String(error)));
  const understands = async (stream: TranscriptionStream): Promise<void> => {
    expect(finalText(await utter(stream, await workshop.say('stop')))).to.equal('stop');
  };
  before(async () => { workshop = await RecogniserWorkshop.open(); });
  after(async () => { await workshop.close(); });
  afterEach(async () => { await recogniser.close(); });

  it('loses the streams of that thread only, tells the log once, and opens new ones on the others', async () => {
    recogniser = await workshop.recogniser(2, NEVER_AGAIN_MS);
    const [lost, kept] = [await open(), await open()];
    const failure = codeOf(lost[Symbol.asyncIterator]().next());
    await workshop.kill(1);
    expect(await failure).to.equal('speech-to-text/unavailable');
    expect(workshop.deaths).to.equal(1);
    await understands(kept);
    await understands(await open());
  });

  it('starts another thread for the next stream, when the last one was started long enough ago', async () => {
    recogniser = await workshop.recogniser(1, 0);
    await workshop.kill();
    await understands(await open());
  });

  it('refuses streams until then', async () => {
    recogniser = await workshop.recogniser(1, NEVER_AGAIN_MS);
    await workshop.kill();
    expect(await codeOf(open())).to.equal('speech-to-text/unavailable');
  });

  it('fails the stream that was being opened', async () => {
    recogniser = await workshop.recogniser(1, NEVER_AGAIN_MS);
    const opening = codeOf(open());
    await workshop.kill();
    expect(await opening).to.equal('speech-to-text/unavailable');
  });

  it('ends every stream when it is closed, and opens none after', async () => {
    recogniser = await workshop.recogniser(1, 0);
    const stream = await open();
    await recogniser.close();
    expect(await codeOf(stream[Symbol.asyncIterator]().next())).to.equal('speech-to-text/closed');
    expect(await codeOf(open())).to.equal('speech-to-text/unavailable');
  });
});
