import { expect } from 'chai';
import type { ConversationId } from '../../../../src/domain/shared/ids.js';
import { aTurn, eventually, failureOf, spoken } from '../../../contract/agent.contract.js';
import { eventText, events, hang, json, late, raw, stall, status } from '../../../support/servers/orchestrator-server.js';
import { HELLO, never, OrchestratorWorld } from './orchestrator-world.js';

describe('the deadlines of OrchestratorAgent', () => {
  let world: OrchestratorWorld;
  afterEach(async () => { await world.close(); });

  for (const [name, answer] of [['never answers', hang], ['sends only comments', stall()], ['is slow', late(3000, HELLO)]] as const) {
    it(`gives up an orchestrator that ${name} before the first output`, async () => {
      world = await OrchestratorWorld.start({ limits: { firstOutputMs: 200 } });
      expect(await failureOf(world.replyTo(answer))).to.include({ code: 'agent/timeout', kind: 'timeout' });
      await eventually(() => world.server.liveAnswers === 0);
    });
  }

  it('gives up a reply that stands still', async () => {
    world = await OrchestratorWorld.start({ limits: { idleMs: 200 } });
    world.server.answer('turn', stall(['delta', { text: 'So ' }]));
    const outputs = world.agent.reply(aTurn(await world.open()), never);
    await outputs.next();
    expect(await failureOf(outputs.next())).to.include({ code: 'agent/timeout' });
    await eventually(() => world.server.liveAnswers === 0);
  });

  it('does not count the time its reader takes', async () => {
    world = await OrchestratorWorld.start({ limits: { idleMs: 150 } });
    world.server.answer('turn', events(['delta', { text: 'a' }], ['delta', { text: 'b' }], ['done', {}]));
    let said = '';
    for await (const output of world.agent.reply(aTurn(await world.open()), never)) {
      said += output.type === 'text' ? output.delta : '';
      await new Promise((resolve) => { setTimeout(resolve, 300); });
    }
    expect(said).to.equal('ab');
  });

  it('takes a comment as a sign of life, but not for ever', async () => {
    world = await OrchestratorWorld.start({ limits: { idleMs: 400, replyMs: 1000 } });
    world.server.answer('turn', (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(eventText(['delta', { text: 'So ' }]));
      const timer = setInterval(() => { response.write(': on\n\n'); }, 50);
      response.on('close', () => { clearInterval(timer); });
    });
    const startedAtMs = performance.now();
    expect(await failureOf(world.reply(await world.open()))).to.include({ code: 'agent/timeout' });
    expect(performance.now() - startedAtMs).to.be.greaterThan(700);
  });

  it('tries an opening again that was not answered in time', async () => {
    world = await OrchestratorWorld.start({ limits: { requestMs: 200 } });
    world.server.answer('open', hang, json({ conversation_id: 'c-1' }));
    expect(await world.open()).to.equal('c-1');
  });

  it('bounds all tries of an opening together', async () => {
    world = await OrchestratorWorld.start({ limits: { requestMs: 200, requestTotalMs: 300 } });
    world.server.answer('open', hang);
    expect(await failureOf(world.open())).to.include({ code: 'agent/timeout' });
  });
});

describe('the breaker of OrchestratorAgent', () => {
  let world: OrchestratorWorld;
  afterEach(async () => { await world.close(); });

  const fail = async (times: number): Promise<void> => {
    world.server.answer('turn', raw('<html>', { 'content-type': 'text/html' }));
    for (let n = 0; n < times; n += 1) await failureOf(world.reply(conversation));
  };
  let conversation: ConversationId;

  it('opens after five failures in a row and asks no more', async () => {
    world = await OrchestratorWorld.start();
    conversation = await world.open();
    await fail(5);
    expect(world.server.received('turn')).to.have.length(5);
    expect(await failureOf(world.reply(conversation))).to.include({ code: 'agent/breaker-open', kind: 'unavailable' });
    expect(world.server.received('turn')).to.have.length(5);
    expect(world.log.messages('error')).to.deep.equal(['agent breaker opened']);
    expect(world.agent.ready, 'ready').to.equal(false);
    expect(world.metrics.value('breaker_open', { port: 'agent' })).to.equal(1);
  });

  it('is not opened by refusals, rate limits or callers who hang up', async () => {
    world = await OrchestratorWorld.start();
    conversation = await world.open();
    world.server.answer('turn', status(422), status(404), status(429, { 'retry-after': '50' }), status(400), status(403), status(410));
    for (let n = 0; n < 6; n += 1) await failureOf(world.reply(conversation));
    world.server.answer('turn', hang);
    for (let n = 0; n < 6; n += 1) {
      const abort = new AbortController();
      const pending = world.reply(conversation, {}, abort.signal);
      await eventually(() => world.server.liveAnswers === 1);
      abort.abort();
      await failureOf(pending);
      await eventually(() => world.server.liveAnswers === 0);
    }
    world.server.answer('turn', HELLO);
    expect(spoken(await world.reply(conversation))).to.equal('Hello.');
  });

  it('starts to count anew after a success', async () => {
    world = await OrchestratorWorld.start();
    conversation = await world.open();
    await fail(4);
    world.server.answer('turn', HELLO);
    await world.reply(conversation);
    await fail(4);
    expect(world.server.received('turn')).to.have.length(9);
  });

  it('lets one request try after a while, refuses the others meanwhile, and closes when it succeeds', async () => {
    world = await OrchestratorWorld.start({ breaker: { halfOpenAfterMs: 100 } });
    conversation = await world.open();
    await fail(5);
    await new Promise((resolve) => { setTimeout(resolve, 150); });
    world.server.answer('turn', late(300, HELLO), HELLO);
    const trial = world.reply(conversation);
    await eventually(() => world.server.received('turn').length === 6);
    expect(await failureOf(world.reply(conversation, { idempotencyKey: 'other' }))).to.include({ code: 'agent/breaker-open' });
    expect(spoken(await trial)).to.equal('Hello.');
    expect(spoken(await world.reply(conversation, { idempotencyKey: 'third' }))).to.equal('Hello.');
    expect(world.log.messages()).to.include('agent breaker closed');
    expect(world.agent.ready, 'ready').to.equal(true);
    expect(world.metrics.value('breaker_open', { port: 'agent' })).to.equal(0);
  });
});
