import { expect } from 'chai';
import type { AgentInput } from '../../../../src/application/ports/agent.js';
import { conversationId } from '../../../../src/domain/shared/ids.js';
import { aConversationRequest, aTurn, collect, eventually, failureOf } from '../../../contract/agent.contract.js';
import { events, eventText, hang, json, raw, stall, status } from '../../../support/servers/orchestrator-server.js';
import { never, OrchestratorWorld } from './orchestrator-world.js';

describe('OrchestratorAgent', () => {
  let world: OrchestratorWorld;
  afterEach(async () => { await world.close(); });

  describe('asking', () => {
    it('opens with the call, the tenant, the agent and the numbers', async () => {
      world = await OrchestratorWorld.start({ bearerToken: 'secret-token', traceparent: (callId) => `00-${callId}` });
      world.server.answer('open', json({ conversation_id: 'c-1', greeting: 'Hello Maria.' }, 201));
      expect(await world.agent.open(aConversationRequest(), never)).to.deep.equal({ conversationId: 'c-1', greeting: 'Hello Maria.' });
      const request = world.server.requests[0]!;
      expect(request.path).to.equal('/api/v1/conversations');
      expect(request.headers).to.include({
        'x-call-id': '01JD0000000000000000000001', 'x-tenant-id': 'bank', 'idempotency-key': 'open-01JD0000000000000000000001',
        authorization: 'Bearer secret-token', traceparent: '00-01JD0000000000000000000001', 'content-type': 'application/json', accept: 'application/json',
      });
      expect(request.body).to.deep.equal({
        call_id: '01JD0000000000000000000001', tenant_id: 'bank', agent_id: 'card-delivery', language: 'en-US', direction: 'inbound',
        caller_number: '+4930777001', callee_number: '+4930555001',
      });
    });

    it('asks a turn with input, what was heard, and a key of its own', async () => {
      world = await OrchestratorWorld.start();
      const id = await world.open();
      await world.reply(id, { turnIndex: 4, idempotencyKey: 'call-4', heard: { text: 'Your card', interrupted: true } });
      const request = world.server.received('turn')[0]!;
      expect(request.path).to.equal(`/api/v1/conversations/${id}/turns`);
      expect(request.headers).to.include({ 'x-call-id': '01JD0000000000000000000001', 'x-tenant-id': 'bank', 'idempotency-key': 'call-4', accept: 'text/event-stream, application/json;q=0.5' });
      expect(request.headers).to.not.have.property('authorization');
      expect(request.body).to.deep.equal({
        turn_index: 4, input: { type: 'speech', text: 'where is my card', confidence: 0.9 }, heard: { text: 'Your card', interrupted: true },
      });
    });

    it('words every kind of input as the contract does', async () => {
      world = await OrchestratorWorld.start();
      const id = await world.open();
      const inputs: readonly AgentInput[] = [
        { kind: 'digits', digits: '47', complete: false }, { kind: 'sealed-digits', token: 'digits-1', length: 16, lastFour: '1881', complete: true, failure: null },
        { kind: 'sealed-digits', token: null, length: 3, lastFour: null, complete: false, failure: 'not-possible' }, { kind: 'silence', attempt: 2 }, { kind: 'transfer-failed', reason: 'busy' },
      ];
      for (const input of inputs) await world.reply(id, { input });
      expect(world.server.received('turn').map(({ body }) => (body as { input: unknown }).input)).to.deep.equal([
        { type: 'digits', digits: '47', complete: false }, { type: 'sealed_digits', token: 'digits-1', length: 16, last_four: '1881', complete: true },
        { type: 'sealed_digits', token: null, length: 3, last_four: null, complete: false, error: 'not_possible' }, { type: 'silence', attempt: 2 }, { type: 'transfer_failed', reason: 'busy' },
      ]);
    });

    it('tells how a transfer went, and asks who is on the conversation', async () => {
      world = await OrchestratorWorld.start();
      const id = await world.open();
      await world.agent.reportTransfer(id, { target: 'person', outcome: 'no answer' }, never);
      expect(world.server.received('transfer')[0]).to.deep.include({ path: `/api/v1/conversations/${id}/transfer`, body: { target: 'person', outcome: 'no answer' } });
      expect(await world.agent.agentOf(id, never)).to.deep.equal({ agentId: 'card-delivery', name: 'Cards', language: 'en-US' });
    });

    for (const [when, endsAfterMs] of [['with its last event', 0], ['a little later', 30]] as const) {
      it(`uses its connections again when a reply ends ${when}: many turns need few sockets`, async () => {
        world = await OrchestratorWorld.start();
        const id = await world.open();
        const ports = new Set<number | undefined>();
        world.server.answer('turn', (response) => {
          ports.add(response.socket?.remotePort);
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(eventText(['delta', { text: 'Hello.' }]) + eventText(['done', {}]));
          setTimeout(() => { response.end(); }, endsAfterMs);
        });
        for (let turn = 1; turn <= 8; turn += 1) {
          await world.reply(id, { turnIndex: turn });
          await eventually(() => world.server.liveAnswers === 0);
        }
        expect(ports.size).to.be.at.most(2); // the last one may not be quite free yet when the next is needed
      });
    }

    it('asks many turns at a time without a warning of the platform', async () => {
      world = await OrchestratorWorld.start();
      const warnings: Error[] = [];
      const onWarning = (warning: Error): void => { warnings.push(warning); };
      process.on('warning', onWarning);
      const id = await world.open();
      await Promise.all(Array.from({ length: 30 }, (_, turn) => world.reply(id, { turnIndex: turn, idempotencyKey: `k${turn}` }, new AbortController().signal)));
      process.off('warning', onWarning);
      expect(warnings).to.deep.equal([]);
    });

    it('does not keep a connection whose reply is done but does not end', async () => {
      world = await OrchestratorWorld.start();
      world.server.answer('turn', stall(['delta', { text: 'Hello.' }], ['done', {}]));
      expect(await world.reply(await world.open())).to.have.length(1);
      await eventually(() => world.server.liveAnswers === 0);
    });
  });

  describe('reading a reply', () => {
    it('gives out each delta as it comes, not at the end', async () => {
      world = await OrchestratorWorld.start();
      let finish = (): void => { throw new Error('not asked yet'); };
      world.server.answer('turn', (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(eventText(['delta', { text: 'Hello ' }]));
        finish = () => { response.end(eventText(['hangup', {}]) + eventText(['done', {}])); };
      });
      const outputs = world.agent.reply(aTurn(await world.open()), never);
      expect(await outputs.next()).to.deep.include({ value: { type: 'text', delta: 'Hello ' } });
      finish();
      expect(await collect(outputs)).to.deep.equal([{ type: 'hangup' }]);
    });

    it('takes one JSON body as well', async () => {
      world = await OrchestratorWorld.start();
      expect(await world.replyTo(json({ text: 'Goodbye.', actions: [{ type: 'end' }] }))).to.deep.equal([{ type: 'text', delta: 'Goodbye.' }, { type: 'end' }]);
    });

    it('is complete without words: an action alone, or nothing', async () => {
      world = await OrchestratorWorld.start();
      expect(await world.replyTo(events(['escalate', { reason: 'angry' }], ['done', {}]))).to.deep.equal([{ type: 'escalate', reason: 'angry' }]);
      expect(await world.replyTo(events(['delta', { text: '' }], ['done', {}]))).to.deep.equal([]);
    });

    it('passes over comments and events it does not know', async () => {
      world = await OrchestratorWorld.start();
      expect(await world.replyTo(raw(`: keep-alive\n\nevent: thinking\ndata: {}\n\n${eventText(['delta', { text: 'Hi' }])}${eventText(['done', {}])}`)))
        .to.deep.equal([{ type: 'text', delta: 'Hi' }]);
    });
  });

  describe('stopping', () => {
    it('ends the wait between two tries at once', async () => {
      world = await OrchestratorWorld.start();
      world.server.answer('turn', status(503, { 'retry-after': '5' }));
      const abort = new AbortController();
      const pending = world.reply(await world.open(), {}, abort.signal);
      await eventually(() => world.server.received('turn').length === 1);
      const abortedAtMs = performance.now();
      abort.abort();
      expect(await failureOf(pending)).to.include({ code: 'agent/aborted' });
      expect(performance.now() - abortedAtMs).to.be.lessThan(2000);
    });

    it('closes the connection of a reply that was cut, while it waits for the first output', async () => {
      world = await OrchestratorWorld.start();
      world.server.answer('turn', hang);
      const abort = new AbortController();
      const pending = world.reply(await world.open(), {}, abort.signal);
      await eventually(() => world.server.liveAnswers === 1);
      abort.abort();
      expect(await failureOf(pending)).to.include({ code: 'agent/aborted' });
      await eventually(() => world.server.liveAnswers === 0);
    });

    it('ends what is in flight when it is closed', async () => {
      world = await OrchestratorWorld.start();
      world.server.answer('turn', stall(['delta', { text: 'So ' }]));
      const outputs = world.agent.reply(aTurn(await world.open()), never);
      await outputs.next();
      const failure = failureOf(outputs.next());
      await world.agent.close();
      expect(await failure).to.include({ code: 'agent/closed' });
    });

    it('leaves no listener on a signal that outlives the reply', async () => {
      world = await OrchestratorWorld.start();
      const abort = new AbortController();
      let listeners = 0;
      const { signal } = abort;
      const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
      signal.addEventListener = (...args: Parameters<typeof add>) => { listeners += 1; add(...args); };
      signal.removeEventListener = (...args: Parameters<typeof remove>) => { listeners -= 1; remove(...args); };
      await world.reply(await world.open(), {}, signal);
      expect(listeners).to.equal(0);
    });
  });

  it('never puts words, numbers or the token into the log', async () => {
    world = await OrchestratorWorld.start({ bearerToken: 'secret-token', limits: { firstOutputMs: 600 } });
    await failureOf(world.replyTo(status(503)));
    await failureOf(collect(world.agent.reply(aTurn(conversationId('nobody')), never)));
    expect(world.log.lines.length).to.be.greaterThan(0);
    expect(JSON.stringify(world.log.lines)).to.not.match(/secret|where is|777001|555001/u);
  });
});
