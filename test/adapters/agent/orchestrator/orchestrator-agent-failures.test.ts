import { expect } from 'chai';
import { aConversationRequest, aTurn, eventually, failureOf, spoken } from '../../../contract/agent.contract.js';
import { endless, events, eventText, json, raw, reset, status, type Answer } from '../../../support/servers/orchestrator-server.js';
import { HELLO, never, OrchestratorWorld } from './orchestrator-world.js';

describe('OrchestratorAgent, when the orchestrator fails,', () => {
  let world: OrchestratorWorld;
  afterEach(async () => { await world.close(); });

  it('repeats an opening that failed three times, with the same key, and says so in the log', async () => {
    world = await OrchestratorWorld.start();
    world.server.answer('open', status(503), reset(), status(500), json({ conversation_id: 'c-9' }, 201));
    expect((await world.agent.open(aConversationRequest(), never)).conversationId).to.equal('c-9');
    expect(new Set(world.server.received('open').map(({ headers }) => headers['idempotency-key'])).size).to.equal(1);
    expect(world.log.messages('info')).to.deep.equal(Array(3).fill('agent request repeated'));
  });

  it('gives up an opening after three repetitions', async () => {
    world = await OrchestratorWorld.start();
    world.server.answer('open', status(503));
    expect(await failureOf(world.open())).to.include({ code: 'agent/unavailable', retryable: true });
    expect(world.server.received('open')).to.have.length(4);
  });

  it('does not repeat what was refused or not understood', async () => {
    world = await OrchestratorWorld.start();
    for (const [answer, code] of [[status(403), 'agent/rejected'], [status(404), 'agent/not-found'], [status(302, { location: '/' }), 'agent/protocol'], [raw('<html>', { 'content-type': 'text/html' }), 'agent/protocol'], [json({ id: 1 }), 'agent/protocol']] as const) {
      world.server.requests.length = 0;
      world.server.answer('open', answer);
      expect(await failureOf(world.open())).to.include({ code });
      expect(world.server.requests).to.have.length(1);
    }
  });

  it('is unavailable when nobody listens', async () => {
    world = await OrchestratorWorld.start();
    await world.server.stop();
    expect(await failureOf(world.open())).to.include({ code: 'agent/unavailable', kind: 'unavailable' });
  });

  it('waits as long as it is told before it repeats, when that is short', async () => {
    world = await OrchestratorWorld.start();
    world.server.answer('turn', status(429, { 'retry-after': '1' }), HELLO);
    const id = await world.open();
    const startedAtMs = performance.now();
    expect(spoken(await world.reply(id))).to.equal('Hello.');
    expect(performance.now() - startedAtMs).to.be.at.least(990);
  });

  it('does not wait longer than a caller would', async () => {
    world = await OrchestratorWorld.start();
    expect(await failureOf(world.replyTo(status(429, { 'retry-after': '20' })))).to.include({ code: 'agent/rate-limited', retryAfterMs: 20_000 });
    expect(await failureOf(world.replyTo(status(503, { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() })))).to.include({ code: 'agent/unavailable', retryAfterMs: 60_000 });
    expect(world.server.received('turn')).to.have.length(2);
  });

  it('repeats a turn only while nothing was received', async () => {
    world = await OrchestratorWorld.start();
    const id = await world.open();
    world.server.answer('turn', reset(), status(502), HELLO);
    expect(spoken(await world.reply(id, { idempotencyKey: 'once' }))).to.equal('Hello.');
    expect(world.server.received('turn').map(({ headers }) => headers['idempotency-key'])).to.deep.equal(['once', 'once', 'once']);
    world.server.requests.length = 0;
    world.server.answer('turn', reset(['delta', { text: 'So ' }]), HELLO);
    const outputs = world.agent.reply(aTurn(id, { idempotencyKey: 'twice' }), never);
    expect(await outputs.next()).to.deep.include({ value: { type: 'text', delta: 'So ' } });
    expect(await failureOf(outputs.next())).to.include({ code: 'agent/unavailable' });
    expect(world.server.received('turn')).to.have.length(1);
  });

  it('does not repeat a turn whose answer had begun, even without an output', async () => {
    world = await OrchestratorWorld.start();
    expect(await failureOf(world.replyTo(reset(['delta', { text: '' }])))).to.include({ code: 'agent/unavailable' });
    expect(world.server.received('turn')).to.have.length(1);
  });

  it('reports an error event with its own verdict', async () => {
    world = await OrchestratorWorld.start();
    expect(await failureOf(world.replyTo(events(['delta', { text: 'So ' }], ['error', { code: 'model_unavailable', retryable: true }])))).to.include({ code: 'agent/failed', kind: 'unavailable', retryable: true });
  });

  const strange: Readonly<Record<string, Answer>> = {
    'a page of HTML with status 200': raw('<html>Hello</html>', { 'content-type': 'text/html' }),
    'no content type': raw('{}', {}),
    'JSON that is none': raw('Hello', { 'content-type': 'application/json' }),
    'a stream that ends before done': events(['delta', { text: 'Hi' }]),
    'an empty stream': raw(''),
    'events of another contract': raw('event: delta\ndata: {"content":"Hi"}\n\n'),
    'bytes that are not UTF-8': raw(Buffer.from([0x64, 0xff, 0xfe, 0x0a])),
    'a line of 10 MB': raw(`data: ${'x'.repeat(10_000_000)}`),
    'a JSON body of 10 MB': raw(`{"text":"${'x'.repeat(10_000_000)}"}`, { 'content-type': 'application/json' }),
    'a line without end': endless('x'.repeat(1000), 'data: '),
    'an event without end': endless('data: x\n'),
    'comments without end': endless(': x\n\n'),
    'unknown events without end': endless('event: tick\ndata: {}\n\n'),
    'text without end': endless(eventText(['delta', { text: 'and so on ' }])),
    'actions without end': endless(eventText(['hangup', {}])),
    'a redirect': status(307, { location: 'http://127.0.0.1:1/' }),
  };
  for (const [name, answer] of Object.entries(strange)) {
    it(`refuses ${name}`, async () => {
      world = await OrchestratorWorld.start();
      expect(await failureOf(world.replyTo(answer))).to.include({ code: 'agent/protocol', kind: 'protocol', retryable: false });
      await eventually(() => world.server.liveAnswers === 0);
    });
  }

  it('refuses a header block of 1 MB', async () => {
    world = await OrchestratorWorld.start();
    expect(await failureOf(world.replyTo(status(200, { 'x-filler': 'x'.repeat(1_000_000) })))).to.include({ code: 'agent/protocol' });
  });
});
