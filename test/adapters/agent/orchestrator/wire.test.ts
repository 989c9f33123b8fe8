import { inspect } from 'node:util';
import { expect } from 'chai';
import { readAgent, readEvent, readOpened, readReply } from '../../../../src/adapters/agent/orchestrator/wire.js';

const event = (name: string, data: unknown): unknown => readEvent(name, JSON.stringify(data));

describe('the orchestrator wire', () => {
  it('reads every event of the contract', () => {
    expect(event('delta', { text: 'Hi' })).to.deep.equal({ type: 'text', delta: 'Hi' });
    expect(event('say', { text: 'Hi' })).to.deep.equal({ type: 'say', text: 'Hi', interruptible: true });
    expect(event('say', { text: 'Hi', interruptible: false })).to.deep.equal({ type: 'say', text: 'Hi', interruptible: false });
    expect(event('transfer', { target: { kind: 'extension', extension: 'person' } })).to.deep.equal({ type: 'transfer', target: { kind: 'extension', extension: 'person' } });
    expect(event('transfer', { target: { kind: 'queue', queue: 'support' }, mode: 'blind', briefing: 'not told' })).to.deep.equal({ type: 'transfer', target: { kind: 'queue', queue: 'support' } });
    expect(event('transfer', { target: { kind: 'number', number: '+4930555' }, mode: 'attended', briefing: 'About a card.' }))
      .to.deep.equal({ type: 'transfer', target: { kind: 'number', number: '+4930555' }, briefing: 'About a card.' });
    expect(event('transfer', { target: { kind: 'number', number: '+4930555' } })).to.deep.equal({ type: 'transfer', target: { kind: 'number', number: '+4930555' } });
    expect(event('collect_digits', { min: 4, max: 6 })).to.deep.equal({ type: 'collect-digits', digits: { min: 4, max: 6, terminator: '#', interDigitTimeoutMs: 3000 } });
    expect(event('collect_digits', { min: 16, max: 16, secure: true })).to.deep.include({ digits: { min: 16, max: 16, terminator: '#', interDigitTimeoutMs: 3000, secure: true } });
    expect(event('collect_digits', { min: 1, max: 1, terminator: null, inter_digit_timeout_ms: 500 }))
      .to.deep.equal({ type: 'collect-digits', digits: { min: 1, max: 1, terminator: null, interDigitTimeoutMs: 500 } });
    expect(event('escalate', { reason: 'angry' })).to.deep.equal({ type: 'escalate', reason: 'angry' });
    expect(readEvent('hangup', '')).to.deep.equal({ type: 'hangup' });
    expect(event('end', {})).to.deep.equal({ type: 'end' });
    expect(event('done', {})).to.equal('done');
  });

  it('passes over events of a newer contract, and fields it does not know', () => {
    expect(event('usage', { tokens: 7 })).to.equal(null);
    expect(event('delta', { text: 'Hi', index: 3 })).to.deep.equal({ type: 'text', delta: 'Hi' });
  });

  it('does not let the data of an event change its name', () => {
    expect(event('delta', { text: 'Hi', type: 'hangup' })).to.deep.equal({ type: 'text', delta: 'Hi' });
  });

  it('throws what an error event says', () => {
    const thrown = (data: unknown): unknown => { try { event('error', data); } catch (error) { return error; } return null; };
    expect(thrown({ code: 'rate_limited', retryable: true, retry_after_ms: 500 })).to.include({ code: 'agent/failed', kind: 'rate-limited', retryable: true, retryAfterMs: 500 });
    expect(thrown({ code: 'model_unavailable' })).to.include({ code: 'agent/failed', kind: 'unavailable', retryable: false });
    expect(thrown({ code: 'timeout' })).to.include({ kind: 'timeout' });
    expect(thrown({ message: 'no code' })).to.include({ code: 'agent/protocol' });
  });

  const bad: readonly (readonly [string, unknown])[] = [
    ['delta', { text: 7 }], ['delta', []], ['delta', 'text'], ['delta', null], ['say', { text: '' }], ['say', { text: 'x'.repeat(2001) }],
    ['transfer', {}], ['transfer', { target: { kind: 'extension', extension: 'a;b\n' } }], ['transfer', { target: { kind: 'extension', extension: 'x,1,Goto(y)' } }],
    ['transfer', { target: { kind: 'number', number: '+49 30' } }], ['transfer', { target: { kind: 'number', number: '1&PJSIP/2' } }],
    ['transfer', { target: { kind: 'queue', queue: 'a,b' } }], ['transfer', { target: { kind: 'number', number: '110' }, mode: 'warm' }],
    ['transfer', { target: { kind: 'number', number: '110' }, mode: 'attended', briefing: 'x'.repeat(501) }],
    ['transfer', { target: { kind: 'sip', uri: 'sip:a@b' } }], ['collect_digits', { min: 5, max: 4 }], ['collect_digits', { min: 1, max: 1000 }],
    ['collect_digits', { min: 1, max: 2, terminator: 'A' }], ['collect_digits', { min: 1, max: 2, inter_digit_timeout_ms: 1e9 }], ['escalate', { reason: 'x'.repeat(501) }],
  ];
  for (const [name, data] of bad) {
    it(`refuses ${name} ${JSON.stringify(data).slice(0, 60)}`, () => {
      expect(() => event(name, data)).to.throw().with.include({ code: 'agent/protocol', kind: 'protocol', retryable: false });
    });
  }

  it('refuses what is not JSON, without repeating it, neither itself nor in a cause', () => {
    const thrown = (body: string): unknown => { try { readReply(body); } catch (error) { return error; } return null; };
    expect(inspect(thrown('my name is Ada, my pin is 1234'), { depth: null })).to.contain('not JSON').and.not.to.match(/Ada|1234/u);
    expect(() => readEvent('delta', '{"text": "my pin is 1234"')).to.throw('not JSON').with.property('message').that.does.not.include('1234');
    expect(() => event('delta', { text: ['my pin is 1234'] })).to.throw('text: invalid_type').with.property('message').that.does.not.include('1234');
    expect(() => readEvent('delta', '['.repeat(60_000))).to.throw().with.include({ code: 'agent/protocol' });
  });

  it('reads a whole reply: its text, then its actions', () => {
    expect(readReply('{"text":"Bye.","actions":[{"type":"hangup"}]}')).to.deep.equal([{ type: 'text', delta: 'Bye.' }, { type: 'hangup' }]);
    expect(readReply('{}')).to.deep.equal([]);
    expect(() => readReply(JSON.stringify({ actions: Array<unknown>(101).fill({ type: 'end' }) }))).to.throw('actions');
    expect(() => readReply(JSON.stringify({ text: 'x'.repeat(33_000) }))).to.throw('text');
    expect(() => readReply('{"actions":[{"type":"reboot"}]}')).to.throw('actions.0.type');
  });

  it('takes only ids that are one segment of a path', () => {
    expect(readOpened('{"conversation_id":"c-1","greeting":" Hi "}')).to.deep.equal({ conversationId: 'c-1', greeting: 'Hi' });
    expect(readOpened('{"conversation_id":"c-1","greeting":" "}').greeting).to.equal(null);
    for (const id of ['', '..', '.', 'a/b', 'a?b', 'ä', 'x'.repeat(129)]) expect(() => readOpened(JSON.stringify({ conversation_id: id })), id).to.throw('conversation_id');
  });

  it('reads who is on the conversation', () => {
    expect(readAgent('{"agent_id":"cards"}')).to.deep.equal({ agentId: 'cards', name: null, language: null });
  });
});
