import { expect } from 'chai';
import { isPortError } from '../../../src/application/ports/port-error.js';
import { codedSpeech } from '../../support/speech/coded-speech.js';
import { NONE, RATE, RecogniserLine, SENTENCES } from './recogniser-line.js';

const never = new AbortController().signal;

describe('a chain of recognisers at the limit of an account', () => {
  const busy = { port: 'speech-to-text', provider: 'p0', tenant: 'bank' };
  const open = (line: RecogniserLine, signal = never) => line.chain.open({ language: 'en-US', sampleRateHz: RATE }, signal);

  it('takes the next one, which is no fault of the first, and says so', async () => {
    const line = new RecogniserLine([NONE, NONE], true, [2]);
    const held = await Promise.all([open(line), open(line)]);
    await line.hears(SENTENCES);
    expect(line.finals).to.deep.equal(SENTENCES);
    expect(line.recognisers.map(({ streams }) => streams.length)).to.deep.equal([2, 1]);
    expect(line.metrics.value('provider_busy_total', busy)).to.equal(1);
    expect([line.metrics.value('provider_errors_total'), line.metrics.value('provider_fallbacks_total')]).to.deep.equal([0, 0]);
    expect(line.health.map(({ state }) => state)).to.deep.equal(['well', 'well']);
    expect(line.log.lines.filter(({ level }) => level === 'warn').map(({ message, fields }) => [message, fields])).to.deep.equal([
      ['a speech provider is passed over: its limit is reached', { port: 'speech-to-text', provider: 'p0', tenantId: 'bank', limit: 'account' }],
    ]);
    await Promise.all(held.map((stream) => stream.close()));
    await (await open(line)).close();
    expect(line.recognisers[0]!.streams, 'with a place again').to.have.length(3);
  });

  it('never counts against health, however often', async () => {
    const line = new RecogniserLine([NONE, NONE], true, [1]);
    const held = await open(line);
    for (let call = 0; call < 10; call += 1) await (await open(line)).close();
    await held.close();
    expect(line.health[0]!.state).to.equal('well');
    expect(line.metrics.value('provider_busy_total', busy)).to.equal(10);
  });

  it('says that there is none when that was the last one', async () => {
    const line = new RecogniserLine([NONE, NONE], true, [1, 1]);
    const held = await Promise.all([open(line), open(line)]);
    const failure: unknown = await open(line).then(() => null, (error: unknown) => error);
    expect(isPortError(failure) && failure.code).to.equal('speech-to-text/no-provider');
    expect(isPortError(failure) && (failure.cause as { code?: string }).code).to.equal('speech-to-text/busy');
    await Promise.all(held.map((stream) => stream.close()));
    const alone = new RecogniserLine([NONE], true, [1]);
    const only = await open(alone);
    expect(await open(alone).then(() => null, (error: unknown) => isPortError(error) && error.code)).to.equal('speech-to-text/busy');
    await only.close();
  });

  it('waits for one that is slow when nobody else has a place', async () => {
    const line = new RecogniserLine([{ kind: 'hangs', afterWords: 0 }, NONE], true, [Infinity, 1]);
    line.limits[1]!.forTenant('other').take();
    const stream = await open(line);
    stream.beginUtterance(0);
    stream.write(codedSpeech('yes', RATE));
    await line.clock.run(5000);
    expect(line.failure).to.equal(null);
    expect(line.recognisers.map(({ openStreams }) => openStreams)).to.deep.equal([1, 0]);
    await stream.close();
    expect(line.clock.pending).to.equal(0);
  });

  for (const [how, faults] of [
    ['closed', [NONE]], ['dead', [{ kind: 'dies', afterWords: 1 }]], ['hanging', [{ kind: 'hangs', afterWords: 1 }]], ['refusing', [{ kind: 'refuses' }]],
    ['never there', [{ kind: 'never-opens' }]], ['there too late', [{ kind: 'opens-late', ms: 2000 }]],
  ] as const) {
    it(`gives the place back of one that is ${how}`, async () => {
      const line = await new RecogniserLine([...faults, NONE], true, [1, 1]).hears(SENTENCES);
      expect(line.finals).to.deep.equal(SENTENCES);
      expect(line.limits.map((limit) => limit.forTenant('other').reached)).to.deep.equal([null, null]);
    });
  }

  it('gives the place back when the call aborts, open or opening', async () => {
    for (const fault of [NONE, { kind: 'never-opens' }, { kind: 'opens-late', ms: 100 }] as const) {
      const line = new RecogniserLine([fault], true, [1]);
      const abort = new AbortController();
      const opening = open(line, abort.signal).catch(() => null);
      await line.clock.settle();
      expect(line.limits[0]!.forTenant('other').reached).to.equal('account');
      abort.abort();
      await line.clock.run(3000);
      await (await opening)?.close();
      expect(line.limits[0]!.forTenant('other').reached, fault.kind).to.equal(null);
    }
  });
});
