import { expect } from 'chai';
import fc from 'fast-check';
import { isPortError } from '../../../src/application/ports/port-error.js';
import type { RecogniserFault } from '../../support/fakes/coded-recogniser.js';
import { codedSpeech } from '../../support/speech/coded-speech.js';
import { FRAME, FRAME_MS, NONE, RATE, RecogniserLine, SENTENCES } from './recogniser-line.js';

const never = new AbortController().signal;

describe('a chain of recognisers', () => {
  it('is its first as long as that one works', async () => {
    const line = await new RecogniserLine([NONE, NONE]).hears(SENTENCES);
    expect(line.finals).to.deep.equal(SENTENCES);
    expect(line.recognisers[1]!.streams).to.have.length(0);
    expect(line.recognisers[0]!.openStreams).to.equal(0);
  });

  for (const kind of ['dies', 'ends', 'hangs'] as const) {
    it(`loses no word, and says none twice, when the first ${kind} in the middle of one`, async () => {
      for (const afterWords of [0, 1, 2, 4, 5, 6, 9, 14, 15]) {
        const line = await new RecogniserLine([{ kind, afterWords }, NONE]).hears(SENTENCES);
        expect(line.finals, `after ${afterWords} words`).to.deep.equal(SENTENCES);
        expect(line.recognisers.map(({ openStreams }) => openStreams)).to.deep.equal([0, 0]);
        expect(line.clock.pending).to.equal(0);
        if (kind !== 'hangs' || afterWords < 15) expect(line.metrics.value('provider_fallbacks_total', { provider: 'p1' })).to.equal(1);
      }
    });
  }

  it('goes on to the third when the second dies while it is told what was said', async () => {
    const line = await new RecogniserLine([{ kind: 'dies', afterWords: 8 }, { kind: 'dies', afterWords: 1 }, NONE]).hears(SENTENCES);
    expect(line.finals).to.deep.equal(SENTENCES);
  });

  it('opens the next when one refuses, or is not there in time', async () => {
    for (const fault of [{ kind: 'refuses' }, { kind: 'never-opens' }, { kind: 'opens-late', ms: 1600 }] as const) {
      const line = await new RecogniserLine([fault, NONE]).hears(SENTENCES);
      expect(line.finals, fault.kind).to.deep.equal(SENTENCES);
    }
  });

  it('says so when the last one dies', async () => {
    const line = await new RecogniserLine([{ kind: 'dies', afterWords: 1 }, { kind: 'dies', afterWords: 1 }]).hears(SENTENCES);
    expect(isPortError(line.failure) && line.failure.code).to.equal('speech-to-text/no-provider');
    expect(line.clock.pending).to.equal(0);
  });

  it('says so at once when none can be opened', async () => {
    const line = await new RecogniserLine([{ kind: 'refuses' }, { kind: 'never-opens' }]).hears(SENTENCES);
    expect(isPortError(line.failure) && line.failure.code).to.equal('speech-to-text/no-provider');
  });

  it('does not blame one that heard no words where there were none', async () => {
    const line = new RecogniserLine([NONE, NONE]);
    const stream = await line.chain.open({ language: 'en-US', sampleRateHz: RATE }, never);
    const reading = (async () => { for await (const event of stream) line.finals.push(event.text); })();
    stream.beginUtterance(0);
    for (let ms = 0; ms < 4000; ms += FRAME_MS) {
      stream.write(new Int16Array(FRAME).fill(3));
      await line.clock.run(FRAME_MS);
    }
    stream.endUtterance();
    await line.clock.run(2000);
    expect(line.finals).to.deep.equal(['']);
    await stream.close();
    await reading;
    expect(line.health.map(({ state }) => state)).to.deep.equal(['well', 'well']);
    expect(line.clock.pending).to.equal(0);
  });

  it('lets one take its time that tells nothing before the end of an utterance', async () => {
    const line = await new RecogniserLine([NONE, NONE], false).hears(SENTENCES);
    expect(line.finals).to.deep.equal(SENTENCES);
    expect(line.recognisers[1]!.streams).to.have.length(0);
    const hanging = await new RecogniserLine([{ kind: 'hangs', afterWords: 7 }, NONE], false).hears(SENTENCES);
    expect(hanging.finals).to.deep.equal(SENTENCES);
  });

  it('gives no audio twice to the next one when more was said than is kept', async () => {
    const line = new RecogniserLine([{ kind: 'dies', afterWords: 150 }, NONE]);
    const stream = await line.chain.open({ language: 'en-US', sampleRateHz: RATE }, never);
    const reading = (async () => { for await (const event of stream) if (event.type === 'final') line.finals.push(event.text); })();
    const minute = codedSpeech(Array.from({ length: 160 }, () => 'card').join(' '), RATE);
    stream.beginUtterance(0);
    for (let at = 0; at < minute.length; at += FRAME) {
      stream.write(minute.slice(at, at + FRAME));
      await line.clock.run(FRAME_MS);
    }
    stream.endUtterance();
    for (let ms = 0; ms < 15_000; ms += FRAME_MS) {
      stream.write(new Int16Array(FRAME));
      await line.clock.run(FRAME_MS);
    }
    expect(line.recognisers[1]!.streams[0]!.heardS).to.be.below(30 + 40 + 16);
    expect(line.finals[0]!.split(' ').length).to.be.within(120, 135);
    await stream.close();
    await reading;
  });

  it('is not confused by an utterance that is begun twice', async () => {
    const line = new RecogniserLine([NONE, NONE]);
    const stream = await line.chain.open({ language: 'en-US', sampleRateHz: RATE }, never);
    const reading = (async () => { for await (const event of stream) if (event.type === 'final') line.finals.push(event.text); })();
    for (const sentence of ['yes please', 'no']) {
      stream.beginUtterance(0);
      stream.beginUtterance(0);
      stream.write(codedSpeech(sentence, RATE));
      stream.endUtterance();
      await line.clock.run(500);
    }
    expect(line.finals).to.deep.equal(['yes please', 'no']);
    await stream.close();
    await reading;
  });

  it('comes back to the first one when that has rested and works again', async () => {
    const line = new RecogniserLine([{ kind: 'refuses' }, NONE]);
    for (let n = 0; n < 3; n += 1) line.health[0]!.attempt()!.failed(new Error('away'));
    expect(line.health[0]!.state).to.equal('resting');
    line.recognisers[0]!.fault = NONE;
    await line.clock.run(10_000);
    await line.hears(['no']);
    expect(line.health[0]!.state).to.equal('well');
    expect(line.recognisers[0]!.streams).to.have.length(1);
  });

  it('finds out, and leaves alone, one that dies in the second utterance of every call', async () => {
    const line = new RecogniserLine([NONE, NONE]);
    const [first] = line.recognisers;
    for (let call = 0; call < 4; call += 1) {
      first!.fault = { kind: 'dies', afterWords: first!.words + 2 };
      const stream = await line.chain.open({ language: 'en-US', sampleRateHz: RATE }, never);
      const reading = (async () => { for await (const event of stream) if (event.type === 'final') line.finals.push(event.text); })();
      for (const sentence of ['yes please', 'no thanks']) {
        stream.beginUtterance(0);
        stream.write(codedSpeech(sentence, RATE));
        stream.endUtterance();
        await line.clock.run(1000);
      }
      await stream.close();
      await reading;
    }
    expect(line.finals).to.deep.equal(Array.from({ length: 4 }, () => ['yes please', 'no thanks']).flat());
    expect(line.health.map(({ state }) => state)).to.deep.equal(['resting', 'well']);
    expect(first!.streams, 'the fourth call').to.have.length(3);
  });

  it('is silent after its signal aborted, and leaves nothing', async () => {
    const line = new RecogniserLine([NONE, NONE]);
    const abort = new AbortController();
    const stream = await line.chain.open({ language: 'en-US', sampleRateHz: RATE }, abort.signal);
    stream.beginUtterance(0);
    abort.abort();
    await line.clock.settle();
    expect((await stream[Symbol.asyncIterator]().next()).done).to.equal(true);
    expect(line.recognisers[0]!.openStreams).to.equal(0);
    expect(line.clock.pending).to.equal(0);
  });

  it('keeps every word whatever fails, as long as one recogniser is left; and never falls silent', async function () {
    this.timeout(120_000);
    const words = fc.integer({ min: 0, max: 16 });
    const fault: fc.Arbitrary<RecogniserFault> = fc.oneof(
      fc.record({ kind: fc.constantFrom('dies' as const, 'hangs' as const, 'ends' as const), afterWords: words }),
      fc.constant({ kind: 'refuses' as const }), fc.constant({ kind: 'never-opens' as const }), fc.record({ kind: fc.constant('opens-late' as const), ms: fc.integer({ min: 1, max: 3000 }) }),
    );
    await fc.assert(fc.asyncProperty(fc.array(fault, { minLength: 1, maxLength: 3 }), fc.boolean(), async (faults, rescued) => {
      const line = await new RecogniserLine(rescued ? [...faults, NONE] : faults).hears(SENTENCES);
      if (rescued) expect(line.finals).to.deep.equal(SENTENCES);
      else expect(line.finals.length === SENTENCES.length || line.failure !== null || line.recognisers.at(-1)!.fault.kind === 'hangs', 'an end without a word').to.equal(true);
      expect(line.clock.pending).to.equal(0);
    }), { numRuns: 500, seed: 4 });
  });
});
