import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect } from 'chai';
import type { ConversationLimits } from '../../../examples/reference-orchestrator/conversations.js';
import { parseDialogue } from '../../../examples/reference-orchestrator/scripted/dialogue-file.js';
import { ScriptedBackEnd } from '../../../examples/reference-orchestrator/scripted/scripted-back-end.js';
import { Orchestrator, type OrchestratorOptions } from '../../../examples/reference-orchestrator/server.js';
import { eventually } from '../../contract/agent.contract.js';
import { Client, errorOf, eventsOf, textOf } from './orchestrator-client.js';

const FILE = 'examples/dialogues/card-delivery.yaml';
const backEnd = new ScriptedBackEnd([parseDialogue(readFileSync(FILE, 'utf8'), FILE)]);
const WHERE = 'where is my card';

describe('the reference orchestrator', () => {
  let orchestrator: Orchestrator;
  let client: Client;

  const start = async (over: Partial<OrchestratorOptions> = {}): Promise<void> => {
    orchestrator = await Orchestrator.open({ backEnd, host: '127.0.0.1', port: 0, pace: { delayMs: 0, wordDelayMs: 0 }, token: null, ...over });
    client = new Client(orchestrator);
  };
  const startLimited = (limits: Partial<ConversationLimits>): Promise<void> => start({ limits: { ttlMs: 60_000, conversationsMax: 100, turnsKept: 16, ...limits } });
  afterEach(async () => { await orchestrator.close(); });

  it('leaves the greeting to the gateway where the dialogue has none', async () => {
    await start();
    const response = await client.post('/api/v1/conversations', client.openBody());
    expect(response.status).to.equal(201);
    expect(await response.json()).to.have.property('greeting', null);
  });

  it('streams a reply word by word, then its actions, then done', async () => {
    await start();
    const events = await client.events(await client.open(), WHERE, 'k1');
    expect(events.slice(0, 3)).to.deep.equal([{ name: 'delta', data: { text: 'I ' } }, { name: 'delta', data: { text: 'can ' } }, { name: 'delta', data: { text: 'check ' } }]);
    expect(events.slice(-2).map(({ name }) => name)).to.deep.equal(['collect_digits', 'done']);
    expect(events.at(-2)?.data).to.deep.equal({ min: 6, max: 6, terminator: '#', inter_digit_timeout_ms: 4000 });
  });

  it('answers with one JSON body when no stream was asked for', async () => {
    await start();
    const id = await client.open();
    const reply = await (await client.turn(id, WHERE, 'k1', { accept: 'application/json' })).json() as { text: string; actions: { type: string }[] };
    expect(reply.text).to.match(/^I can check that for you\./u);
    expect(reply.actions.map(({ type }) => type)).to.deep.equal(['collect_digits']);
  });

  it('describes the agent, and takes the report of a transfer', async () => {
    await start();
    const id = await client.open();
    expect(await (await client.request(`/api/v1/conversations/${id}/agent`)).json()).to.deep.equal({ agent_id: 'card-delivery', name: 'North Bank card service', language: 'en-US' });
    expect((await client.post(`/api/v1/conversations/${id}/transfer`, { target: 'person', outcome: 'answered' })).status).to.equal(204);
  });

  it('takes a turn once, however often it is asked for', async () => {
    await start();
    const id = await client.open();
    const first = await client.said(id, 'nonsense', 'k1');
    expect(await client.said(id, 'nonsense', 'k1')).to.equal(first);
    expect(await client.said(id, 'nonsense', 'k1')).to.equal(first);
    expect(await client.said(id, 'nonsense', 'k2'), 'it was the second time, not the fourth').to.match(/still did not get that/u);
  });

  it('opens a conversation once, however often it is asked for', async () => {
    await start();
    expect(await client.open()).to.equal(await client.open());
    client.headers['x-call-id'] = 'call-2';
    expect(await client.open()).to.not.equal(await new Client(orchestrator).open());
  });

  it('gives the whole reply to a caller who comes back after a broken connection', async () => {
    await start({ pace: { delayMs: 0, wordDelayMs: 20 } });
    const id = await client.open();
    const reader = (await client.turn(id, WHERE, 'k1')).body!.getReader();
    await reader.read();
    await reader.cancel();
    await eventually(() => orchestrator.liveReplies === 0);
    expect(await client.said(id, WHERE, 'k1')).to.match(/^I can check .* six digits\.$/u);
  });

  it('uses what was heard: it says again what was missed', async () => {
    await start();
    const id = await client.open();
    await client.said(id, 'i want to change my address', 'k1');
    const response = await client.post(`/api/v1/conversations/${id}/turns`, {
      turn_index: 2, input: { type: 'speech', text: 'hm' }, heard: { text: 'For your own safety, I cannot', interrupted: true },
    }, { accept: 'text/event-stream', 'idempotency-key': 'k2' });
    expect(textOf(eventsOf(await response.text()))).to.match(/^As I was saying: For your own safety/u);
  });

  it('plays a slow model when told to', async () => {
    await start({ pace: { delayMs: 150, wordDelayMs: 10 } });
    const id = await client.open();
    const startedAtMs = performance.now();
    const words = (await client.said(id, 'wait', 'k1')).split(' ').length;
    expect(performance.now() - startedAtMs).to.be.at.least(145 + 9 * (words - 1));
  });

  it('shows a conversation only to its own tenant and call', async () => {
    await start();
    const id = await client.open();
    for (const headers of [{ 'x-tenant-id': 'other' }, { 'x-call-id': 'other' }]) {
      expect(await errorOf(await client.turn(id, WHERE, 'k1', headers))).to.deep.equal([404, 'conversation_not_found']);
      expect((await client.request(`/api/v1/conversations/${id}/agent`, { headers })).status).to.equal(404);
    }
  });

  it('wants the token when it has one', async () => {
    await start({ token: 'secret' });
    expect(await errorOf(await client.post('/api/v1/conversations', client.openBody()))).to.deep.equal([401, 'unauthorized']);
    client.headers['authorization'] = 'Bearer secret';
    expect(await client.open()).to.be.a('string');
    expect((await fetch(`${orchestrator.baseUrl}/livez`)).status).to.equal(200);
  });

  it('forgets a conversation that nobody touched', async () => {
    await startLimited({ ttlMs: 50 });
    const id = await client.open();
    expect((await client.turn(id, WHERE, 'k1')).status).to.equal(200);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    expect((await client.turn(id, WHERE, 'k2')).status).to.equal(404);
  });

  it('forgets the conversation unused longest when there are too many', async () => {
    await startLimited({ conversationsMax: 2 });
    const ids: string[] = [];
    for (const call of ['a', 'b', 'c']) {
      client.headers['x-call-id'] = call;
      ids.push(await client.open());
    }
    client.headers['x-call-id'] = 'a';
    expect((await client.turn(ids[0]!, WHERE, 'k1')).status).to.equal(404);
    client.headers['x-call-id'] = 'c';
    expect((await client.turn(ids[2]!, WHERE, 'k1')).status).to.equal(200);
  });

  it('refuses what is not in the contract, and says what is wrong', async () => {
    await start();
    const id = await client.open();
    const turns = `/api/v1/conversations/${id}/turns`;
    const refused: readonly (readonly [Promise<Response>, number, string])[] = [
      [client.post('/api/v1/conversations', client.openBody({ agent_id: 'nobody' }), { 'idempotency-key': 'another' }), 404, 'agent_not_found'],
      [client.post('/api/v1/conversations', client.openBody({ tenant_id: 'other' })), 400, 'ids_differ'],
      [client.post('/api/v1/conversations', {}), 400, 'bad_request'],
      [client.post(turns, '{"turn_index":'), 400, 'bad_json'],
      [client.post(turns, { turn_index: 1, input: { type: 'song' } }), 400, 'bad_request'],
      [client.post(turns, { turn_index: 1, input: { type: 'digits', digits: '12;', complete: true } }), 400, 'bad_request'],
      [client.post(turns, { filler: 'x'.repeat(70_000) }), 413, 'too_large'],
      [client.request(turns, { method: 'POST', body: '{}' }), 400, 'header_missing'],
      [client.request(turns), 404, 'no_such_endpoint'],
      [client.request('/api/v1/conversations/a/b/c'), 404, 'no_such_endpoint'],
      [client.request('/api/v1/conversations/nobody/agent'), 404, 'conversation_not_found'],
      [fetch(`${orchestrator.baseUrl}/api/v1/conversations/${id}/agent`), 400, 'header_missing'],
    ];
    for (const [response, status, code] of refused) expect(await errorOf(await response)).to.deep.equal([status, code]);
    expect((await client.turn(id, WHERE, 'k9')).status, 'and goes on').to.equal(200);
  });

  it('survives strangers: garbage, and requests that never end', async () => {
    await start();
    const port = Number(new URL(orchestrator.baseUrl).port);
    for (const bytes of ['\x00\x01garbage\r\n\r\n', 'POST /api/v1/conversations HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{']) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(bytes);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      socket.destroy();
    }
    expect(await client.open()).to.be.a('string');
  });

  it('lets a reply end when it is closed, and is gone afterwards', async () => {
    await start({ pace: { delayMs: 100, wordDelayMs: 0 } });
    const id = await client.open();
    const reply = client.said(id, 'stop', 'k1');
    await eventually(() => orchestrator.liveReplies === 1);
    const { baseUrl } = orchestrator;
    await orchestrator.close();
    expect(await reply).to.match(/listening/u);
    expect(await fetch(`${baseUrl}/livez`).catch(() => 'refused')).to.equal('refused');
  });
});
