import { expect } from 'chai';
import { callsCommand } from '../../src/cli/api/calls.js';
import { storyOf } from '../../src/domain/call/call-story.js';
import { summaryOf } from '../../src/domain/call/call-summary.js';
import { aCallRecord } from '../support/builders/a-call.js';
import { aDomainEvent } from '../support/builders/a-domain-event.js';
import { ApiScene } from '../support/servers/api-scene.js';

/** Against the API itself: what one says and the other reads cannot part. */
describe('voice-gateway calls', () => {
  const record = aCallRecord();
  const words = 'My card has not come.';
  let scene: ApiScene;

  beforeEach(async () => {
    scene = new ApiScene();
    await scene.open();
    const heard = aDomainEvent({ type: 'stt.transcribed', turnIndex: 1, text: words, confidence: 0.9, via: 'speech', digitCount: 0, startAtMs: 1500, endAtMs: 2500 }, { callId: record.callId, tenantId: record.tenantId });
    scene.application.accounts = [{ call: summaryOf(record, []), story: storyOf([heard]) }];
  });
  afterEach(async () => {
    await scene.close();
  });

  const run = async (...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
    const outcome = { code: 0, out: '', err: '' };
    const command = callsCommand({
      env: { VOICE_GATEWAY_TOKEN: scene.token('operator', record.tenantId), VOICE_GATEWAY_API: scene.url },
      write: (text) => { outcome.out += text; }, complain: (text) => { outcome.err += text; }, setExitCode: (code) => { outcome.code = code; }, interrupted: new AbortController().signal,
    });
    await command.parseAsync([...args], { from: 'user' });
    return outcome;
  };

  it('ls: one line for each', async () => {
    const { code, out } = await run('ls');
    expect(code).to.equal(0);
    expect(out).to.match(/^CALL /u).and.include(record.callId);
  });

  it('get: who said what', async () => {
    const { code, out } = await run('get', record.callId);
    expect(code).to.equal(0);
    expect(out).to.include(record.callId).and.include(words);
  });

  it('get: what is not there is told in words, exit code 1', async () => {
    const { code, err } = await run('get', '01JCTEST000000000000000099');
    expect(code).to.equal(1);
    expect(err).to.include('There is nothing here.').and.not.match(/\n {4}at /u);
  });

  it('hangup: reaches the call', async () => {
    expect(await run('hangup', record.callId)).to.deep.equal({ code: 0, out: 'accepted\n', err: '' });
    expect(scene.application.orders.map(({ callId, order }) => [callId, order.type])).to.deep.equal([[record.callId, 'hang-up']]);
  });
});
