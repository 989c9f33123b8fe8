import { expect } from 'chai';
import { OnpremAgent, type OnpremAgentOptions } from '../../../../src/adapters/agent/onprem/onprem-agent.js';
import type { AgentOutput } from '../../../../src/application/ports/agent.js';
import { conversationId } from '../../../../src/domain/shared/ids.js';
import { aConversationRequest, aTurn, collect, expectPortError, failureOf, spoken } from '../../../contract/agent.contract.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { cuts, delta, LANGUAGE_MODEL_TOKEN, LanguageModelServer, refuses, replies, stalls } from '../../../support/servers/language-model-server.js';
import { until } from '../../../support/until.js';

const never = new AbortController().signal;
const CALL = aConversationRequest();
const ID = conversationId(`conversation-${CALL.callId}`);

describe('a language model of one\'s own', () => {
  let server: LanguageModelServer;
  let agent: OnpremAgent;
  const agentWith = (options: Partial<OnpremAgentOptions> = {}, token = LANGUAGE_MODEL_TOKEN): OnpremAgent => {
    const made = new OnpremAgent({
      server: { url: server.url, trustedNetworks: '', token, ca: '', cert: '', key: '', serverName: '', connectTimeoutMs: 2000 }, logger: silentLogger, metrics: new RecordingMetrics(), ...options,
    });
    made.resume(ID, CALL);
    return made;
  };
  const reply = (): Promise<readonly AgentOutput[]> => collect(agent.reply(aTurn(ID, { heard: { text: 'Hello', interrupted: true } }), never));
  beforeEach(async () => {
    server = await LanguageModelServer.start();
    agent = agentWith();
  });
  afterEach(async () => {
    await agent.close();
    await server.stop();
  });

  it('is told whose call it is, and greets', async () => {
    server.greeting = ' Good morning. ';
    expect((await agent.open(aConversationRequest(), never)).greeting).to.equal('Good morning.');
    const { tenantId, direction, callerNumber } = server.opened[0]!;
    expect([tenantId, direction, callerNumber]).to.deep.equal(['bank', 1, '+4930777001']);
  });

  it('is told the turn and what was heard', async () => {
    expect(spoken(await reply())).to.equal('Hello caller.');
    const { conversation, idempotencyKey, turnIndex, input, heard } = server.turns[0]!;
    expect(conversation).to.deep.equal({ conversationId: ID, callId: CALL.callId, tenantId: 'bank' });
    expect([idempotencyKey, turnIndex, heard]).to.deep.equal(['key-1', 1, { text: 'Hello', interrupted: true }]);
    expect(input?.$case === 'speech' && input.value.text).to.equal('where is my card');
  });

  it('says everything that the port knows', async () => {
    server.answer(replies(
      delta('Well.'), delta(''), { $case: 'say', value: { text: 'Stay.', interruptible: false } }, { $case: 'transfer', value: { target: { $case: 'extension', value: '100' }, mode: 0, briefing: '' } },
      { $case: 'transfer', value: { target: { $case: 'number', value: '+4930123456' }, mode: 2, briefing: 'About a card.' } },
      { $case: 'transfer', value: { target: { $case: 'queue', value: 'support' }, mode: 1, briefing: 'not told' } }, { $case: 'collectDigits', value: { min: 1, max: 6, terminator: '#', interDigitTimeoutMs: 0, secure: true } },
      { $case: 'escalate', value: { reason: 'angry' } }, { $case: 'hangUp', value: {} }, { $case: 'end', value: {} },
    ));
    expect(await reply()).to.deep.equal([
      { type: 'text', delta: 'Well.' }, { type: 'say', text: 'Stay.', interruptible: false }, { type: 'transfer', target: { kind: 'extension', extension: '100' } },
      { type: 'transfer', target: { kind: 'number', number: '+4930123456' }, briefing: 'About a card.' }, { type: 'transfer', target: { kind: 'queue', queue: 'support' } }, { type: 'collect-digits', digits: { min: 1, max: 6, terminator: '#', interDigitTimeoutMs: 3000, secure: true } },
      { type: 'escalate', reason: 'angry' }, { type: 'hangup' }, { type: 'end' },
    ]);
  });

  it('is told when the conversation is over', async () => {
    server.answer(replies(delta('Goodbye.'), { $case: 'end', value: {} }));
    await reply();
    await until(() => server.ended.length > 0);
    expect(server.ended).to.deep.equal([ID]);
  });

  it('is asked again before the first output, with the same key, and never after', async () => {
    server.answer(refuses(503), replies(delta('Back again.')));
    expect(spoken(await reply())).to.equal('Back again.');
    expect(server.turns.map(({ idempotencyKey }) => idempotencyKey)).to.deep.equal(['key-1', 'key-1']);
    server.answer((call) => {
      call.write({ response: delta('Well, ') });
      setImmediate(() => { refuses(503)(call); });
    });
    await expectPortError(reply(), 'unavailable');
    expect(server.turns).to.have.length(3);
  });

  it('is not believed when a reply ends without its done', async () => {
    server.answer(cuts(delta('Well, ')));
    await expectPortError(reply(), 'protocol');
  });

  for (const [what, bad] of [
    ['a sentence that is too long', { $case: 'say', value: { text: 'x'.repeat(2001), interruptible: true } }],
    ['more digits than a keypad entry has', { $case: 'collectDigits', value: { min: 1, max: 65, terminator: '', interDigitTimeoutMs: 0, secure: false } }],
    ['more text than anybody would listen to', delta('x'.repeat(33 * 1024))],
    ['a transfer to nobody', { $case: 'transfer', value: { target: undefined, mode: 0, briefing: '' } }],
  ] as const) {
    it(`is not believed when it says ${what}`, async () => {
      server.answer(replies(bad));
      await expectPortError(reply(), 'protocol');
    });
  }

  it('is late when it stops in the middle of a reply', async () => {
    await agent.close();
    agent = agentWith({ limits: { idleMs: 150 } });
    server.answer(stalls(delta('Well, ')));
    await expectPortError(reply(), 'timeout');
    await until(() => server.liveAnswers === 0);
  });

  it('does not let us in with another token', async () => {
    await agent.close();
    agent = agentWith({}, 'guessed');
    expect(await failureOf(agent.open(aConversationRequest(), never))).to.include({ code: 'agent/unauthorised', kind: 'rejected' });
  });

  it('is left alone when it failed again and again, and asked again later', async () => {
    await agent.close();
    agent = agentWith({ breaker: { failures: 2, halfOpenAfterMs: 50 } });
    server.answer(refuses(503));
    await expectPortError(reply(), 'unavailable');
    expect(agent.ready).to.equal(false);
    expect(await failureOf(reply())).to.include({ code: 'agent/breaker-open' });
    server.answer(replies(delta('Back.')));
    await until(async () => spoken(await reply().catch(() => [])) === 'Back.');
    expect(agent.ready).to.equal(true);
  });

  it('is found again after its connection broke', async () => {
    expect(spoken(await reply())).to.equal('Hello caller.');
    server.breakAll();
    expect(spoken(await reply())).to.equal('Hello caller.');
  });
});
