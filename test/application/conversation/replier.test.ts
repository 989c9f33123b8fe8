import { expect } from 'chai';
import { Replier } from '../../../src/application/conversation/replier.js';
import { SecureDigits } from '../../../src/application/conversation/secure-digits.js';
import type { AgentOutput } from '../../../src/application/ports/agent.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { StimulusBody } from '../../../src/domain/conversation/stimulus.js';
import { callId, conversationId, replyId, tenantId } from '../../../src/domain/shared/ids.js';
import { fail, ScriptedAgent, type ScriptedReply, type ScriptedStep, text, wait } from '../../support/fakes/scripted-agent.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { MemoryVault } from '../../support/fakes/memory-vault.js';
import { SequentialIds } from '../../support/fakes/sequential-ids.js';
import { HandFed } from '../../support/fakes/hand-fed.js';

const ask = (turnIndex: number): Parameters<Replier['ask']>[1] => ({
  type: 'ask-agent', replyId: replyId(`r${turnIndex}`), turnIndex, input: { kind: 'speech', text: 'my card', confidence: 0.9 }, heard: { text: 'Hello', interrupted: true },
});

const secureDigits = new SecureDigits({
  vault: new MemoryVault(), vaultUrl: null, callId: callId('call-1'), tenantId: tenantId('north-bank'), ids: new SequentialIds(), clock: new VirtualClock(), log: silentLogger,
});

class Mind {
  readonly clock = new VirtualClock();
  readonly posted: StimulusBody[] = [];
  readonly agent: ScriptedAgent;
  readonly replier: Replier;

  constructor(...replies: readonly ScriptedReply[]) {
    this.agent = new ScriptedAgent({ clock: this.clock, replies });
    this.replier = new Replier({ secureDigits, agent: this.agent, callId: 'call-1', clock: this.clock, log: silentLogger, post: (stimulus) => { this.posted.push(stimulus); } });
  }

  async asks(turnIndex = 1): Promise<this> {
    if (this.agent.opened.length === 0) {
      await this.agent.open({
        callId: callId('call-1'), tenantId: 't' as never, agentId: 'a' as never, language: 'en-US', direction: 'inbound', callerNumber: '', calleeNumber: '',
      }, new AbortController().signal);
    }
    this.replier.ask(conversationId('conversation-1'), ask(turnIndex));
    await this.clock.settle();
    return this;
  }

  get texts(): readonly string[] {
    return this.posted.flatMap((stimulus) => (stimulus.type === 'reply-text' ? [stimulus.text] : []));
  }

  get types(): readonly string[] {
    return this.posted.map((stimulus) => (stimulus.type === 'reply-action' ? stimulus.action.type : stimulus.type));
  }
}

async function minded(...steps: readonly ScriptedStep[]): Promise<Mind> {
  return new Mind(steps).asks();
}

describe('Replier', () => {
  it('tells the agent what the caller said and heard, under a key that is the same for the same turn of the same call', async () => {
    const mind = await minded(text('Hi.'));
    expect(mind.agent.turns).to.deep.equal([{
      conversationId: 'conversation-1', idempotencyKey: 'call-1-1', turnIndex: 1, input: { kind: 'speech', text: 'my card', confidence: 0.9 }, heard: { text: 'Hello', interrupted: true },
    }]);
    await mind.replier.close();
  });

  it('gives out sentences while the agent still writes', async () => {
    const mind = await minded(text('Your card is '), text('on its way. It will'), wait(500), text(' arrive on Monday.'));
    expect(mind.texts).to.deep.equal(['Your card is on its way.']);
    await mind.clock.run(500);
    expect(mind.texts).to.deep.equal(['Your card is on its way.', 'It will arrive on Monday.']);
    expect(mind.types.at(-1)).to.equal('reply-done');
    expect(mind.posted.every((stimulus) => 'replyId' in stimulus && stimulus.replyId === 'r1')).to.equal(true);
    await mind.replier.close();
  });

  it('says a sentence when the agent pauses after it, though more may follow', async () => {
    const mind = await minded(text('Let me look that up.'), wait(3000), text(' It is on its way.'));
    expect(mind.texts).to.deep.equal([]);
    await mind.clock.run(250);
    expect(mind.texts).to.deep.equal(['Let me look that up.']);
    await mind.clock.run(3000);
    expect(mind.texts).to.deep.equal(['Let me look that up.', 'It is on its way.']);
    await mind.replier.close();
  });

  it('says half a sentence when the agent pauses for a whole second', async () => {
    const mind = await minded(text('Your card will arrive on'), wait(3000), text(' Monday.'));
    await mind.clock.run(999);
    expect(mind.texts).to.deep.equal([]);
    await mind.clock.run(1);
    expect(mind.texts).to.deep.equal(['Your card will arrive on']);
    await mind.clock.run(2000);
    expect(mind.texts).to.deep.equal(['Your card will arrive on', 'Monday.']);
    await mind.replier.close();
  });

  it('does not say what it held back once the reply was cancelled', async () => {
    const mind = await minded(text('Let me look that up.'), wait(3000));
    mind.replier.cancel(replyId('r1'));
    await mind.clock.run(3000);
    expect(mind.texts).to.deep.equal([]);
    expect(mind.clock.pending, 'timers left').to.equal(0);
  });

  it('says the words before an action before the action', async () => {
    const mind = await minded(text('Please enter it'), { type: 'collect-digits', digits: { min: 4, max: 4, terminator: '#', interDigitTimeoutMs: 3000 } }, text('Thanks'));
    expect(mind.types).to.deep.equal(['reply-text', 'collect-digits', 'reply-text', 'reply-done']);
    await mind.replier.close();
  });

  const wishes: readonly (readonly [AgentOutput, object])[] = [
    [{ type: 'transfer', target: { kind: 'number', number: '+15550199' } }, { type: 'transfer', target: { kind: 'number', number: '+15550199' } }],
    [{ type: 'escalate', reason: 'angry' }, { type: 'escalate', reason: 'angry' }],
    [{ type: 'hangup' }, { type: 'hangup' }],
    [{ type: 'end' }, { type: 'hangup' }],
    [{ type: 'collect-digits', digits: { min: 1, max: 2, terminator: null, interDigitTimeoutMs: 1 } }, { type: 'collect-digits', digits: { min: 1, max: 2, terminator: null, interDigitTimeoutMs: 1 } }],
  ];
  for (const [output, action] of wishes) {
    it(`passes on the wish to ${output.type}`, async () => {
      const mind = await minded(output);
      expect(mind.posted).to.deep.equal([{ type: 'reply-action', replyId: 'r1', action }, { type: 'reply-done', replyId: 'r1' }]);
      await mind.replier.close();
    });
  }

  it('says a whole sentence as it stands, with the wish that it be heard to its end', async () => {
    const mind = await minded(text('Well'), { type: 'say', text: 'This call, e.g. yours, is recorded.', interruptible: false });
    expect(mind.posted.slice(0, 2)).to.deep.equal([
      { type: 'reply-text', replyId: 'r1', text: 'Well', interruptible: true },
      { type: 'reply-text', replyId: 'r1', text: 'This call, e.g. yours, is recorded.', interruptible: false },
    ]);
    await mind.replier.close();
  });

  it('gives the voice no markup, control characters or signs without a sound, also in a whole sentence', async () => {
    const mind = await minded({ type: 'say', text: '**Your**\u0000 card\u202e is\r\n\u001b[31m ready 🎉', interruptible: true }, { type: 'say', text: '… 👋 !!!', interruptible: true });
    expect(mind.texts).to.deep.equal(['Your card is 31m ready']);
    await mind.replier.close();
  });

  it('cuts a sentence that no synthesis would take', async () => {
    const long = 'This is a sentence of some length that goes on for a while. '.repeat(20).trim();
    const mind = await minded({ type: 'say', text: long, interruptible: false });
    expect(mind.texts.length).to.be.greaterThan(4);
    expect(Math.max(...mind.texts.map((piece) => piece.length))).to.be.at.most(300);
    expect(mind.texts.join(' ')).to.equal(long);
    await mind.replier.close();
  });

  it('is silent once a reply was cancelled, and the agent is told to stop', async () => {
    const mind = await minded(text('Your card is on its way. '), wait(500), text('Monday.'));
    mind.replier.cancel(replyId('r1'));
    await mind.clock.run(1000);
    expect(mind.types).to.deep.equal(['reply-text']);
    expect(mind.agent.aborted).to.deep.equal(['call-1-1']);
    expect(mind.agent.live).to.equal(0);
    await mind.replier.close();
  });

  it('does not cancel a reply when another is meant', async () => {
    const mind = await minded(wait(500), text('Monday.'));
    mind.replier.cancel(replyId('r0'));
    await mind.clock.run(500);
    expect(mind.types).to.deep.equal(['reply-text', 'reply-done']);
    await mind.replier.close();
  });

  it('drops the reply before when it asks anew', async () => {
    const mind = new Mind([wait(500), text('Old.')], [wait(100), text('New.')]);
    await mind.asks(1);
    await mind.asks(2);
    await mind.clock.run(1000);
    expect(mind.posted).to.deep.equal([{ type: 'reply-text', replyId: 'r2', text: 'New.', interruptible: true }, { type: 'reply-done', replyId: 'r2' }]);
    await mind.replier.close();
  });

  it('reports a failure after the words that came before it', async () => {
    const mind = await minded(text('Your card is on its way. It'), fail(new PortError('gone', { code: 'agent/unavailable', kind: 'unavailable' })));
    expect(mind.posted).to.deep.equal([
      { type: 'reply-text', replyId: 'r1', text: 'Your card is on its way.', interruptible: true },
      { type: 'reply-failed', replyId: 'r1', code: 'agent/unavailable', timeout: false },
    ]);
    await mind.replier.close();
  });

  it('tells a timeout from other failures, and survives what is no PortError', async () => {
    const late = await minded(fail(new PortError('late', { code: 'agent/timeout', kind: 'timeout' })));
    expect(late.posted).to.deep.equal([{ type: 'reply-failed', replyId: 'r1', code: 'agent/timeout', timeout: true }]);
    const broken = await minded(fail(new TypeError('x is not a function') as unknown as PortError));
    expect(broken.posted).to.deep.equal([{ type: 'reply-failed', replyId: 'r1', code: 'agent/failed', timeout: false }]);
  });

  it('stops when the call ends, and says nothing more', async () => {
    const mind = await minded(wait(500), text('Monday.'));
    await mind.replier.close();
    await mind.replier.close();
    expect(mind.clock.pending, 'timers left').to.equal(0);
    expect(mind.posted).to.deep.equal([]);
  });

  it('takes no word from an agent that goes on after it was told to stop', async () => {
    const stream = new HandFed<AgentOutput>();
    const posted: StimulusBody[] = [];
    const clock = new VirtualClock();
    const deaf = Object.assign(Object.create(ScriptedAgent.prototype) as ScriptedAgent, { reply: () => stream });
    const replier = new Replier({ secureDigits, agent: deaf, callId: 'call-1', clock, log: silentLogger, post: (stimulus) => { posted.push(stimulus); } });
    replier.ask(conversationId('conversation-1'), ask(1));
    replier.cancel(replyId('r1'));
    stream.give({ type: 'text', delta: 'I know better.' });
    await clock.settle();
    expect(posted).to.deep.equal([]);
    expect(stream.left).to.equal(true);
    await replier.close();
  });
});
