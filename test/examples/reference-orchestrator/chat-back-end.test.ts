import { expect } from 'chai';
import { ChatBackEnd } from '../../../examples/reference-orchestrator/chat/chat-back-end.js';
import { DEFAULT_PROMPT } from '../../../examples/reference-orchestrator/chat/default-prompt.js';
import { Orchestrator } from '../../../examples/reference-orchestrator/server.js';
import { eventually } from '../../contract/agent.contract.js';
import { answers, ChatCompletionsServer, says, stalls } from './chat-completions-server.js';
import { Client, errorOf, eventsOf, textOf, type SentEvent } from './orchestrator-client.js';

describe('the chat back end', () => {
  let model: ChatCompletionsServer;
  let orchestrator: Orchestrator;
  let client: Client;
  let id: string;

  beforeEach(async () => {
    model = await ChatCompletionsServer.start();
    const backEnd = new ChatBackEnd({
      baseUrl: model.baseUrl, apiKey: 'key-1', model: 'small-1', systemPrompt: DEFAULT_PROMPT,
      agents: [{ id: 'card-delivery', name: 'Northbank', language: 'en-US', greeting: 'Hello, this is Northbank.' }],
    });
    orchestrator = await Orchestrator.open({ backEnd, host: '127.0.0.1', port: 0, pace: { delayMs: 0, wordDelayMs: 0 }, token: null });
    client = new Client(orchestrator);
    id = await client.open();
  });
  afterEach(async () => { await orchestrator.close(); await model.stop(); });

  const turn = async (turnIndex: number, input: object, heard: object | null = null): Promise<readonly SentEvent[]> => {
    const response = await client.post(`/api/v1/conversations/${id}/turns`, { turn_index: turnIndex, input, heard }, { accept: 'text/event-stream', 'idempotency-key': `k${turnIndex}` });
    return eventsOf(await response.text());
  };
  const say = (text: string, turnIndex = 1, heard: object | null = null): Promise<readonly SentEvent[]> => turn(turnIndex, { type: 'speech', text }, heard);
  const lastMessages = (): readonly Record<string, unknown>[] => model.requests.at(-1)!.body.messages;

  it('asks the model with key, name, instructions and tools, and streams what it says', async () => {
    model.completions = [says(['Your card ', 'is on its way.'])];
    expect(await say('where is my card')).to.deep.equal([
      { name: 'delta', data: { text: 'Your card ' } }, { name: 'delta', data: { text: 'is on its way.' } }, { name: 'done', data: {} },
    ]);
    const request = model.requests[0]!;
    expect(request.path).to.equal('/v1/chat/completions');
    expect(request.headers.authorization).to.equal('Bearer key-1');
    expect(request.body).to.include({ model: 'small-1', stream: true });
    expect(request.body.tools.map((tool) => tool.function.name)).to.deep.equal(['transfer_call', 'consult_person', 'transfer_to_queue', 'hang_up', 'collect_digits', 'escalate']);
    expect(lastMessages()[0]).to.have.property('content').that.matches(/^You are Northbank,.*language en-US/u);
    expect(lastMessages().slice(1)).to.deep.equal([{ role: 'assistant', content: 'Hello, this is Northbank.' }, { role: 'user', content: 'where is my card' }]);
  });

  it('turns tool calls into actions, after the words', async () => {
    model.completions = [says(['One moment.'], ['collect_digits', { min: 4, max: 6 }], ['transfer_call', { extension: 'person' }], ['escalate', { reason: 'angry' }], ['hang_up', ''])];
    expect((await say('hello')).slice(1)).to.deep.equal([
      { name: 'collect_digits', data: { min: 4, max: 6, terminator: '#', inter_digit_timeout_ms: 4000 } },
      { name: 'transfer', data: { target: { kind: 'extension', extension: 'person' } } },
      { name: 'escalate', data: { reason: 'angry' } }, { name: 'hangup', data: {} }, { name: 'done', data: {} },
    ]);
  });

  it('remembers what was said, typed and done', async () => {
    model.completions = [says(['Type it.'], ['collect_digits', { min: 4, max: 6 }]), says(['Thanks.'])];
    await say('where is my card', 1);
    await turn(2, { type: 'digits', digits: '4711', complete: true });
    expect(lastMessages().slice(2)).to.deep.equal([
      { role: 'user', content: 'where is my card' },
      { role: 'assistant', content: 'Type it.', tool_calls: [{ id: 'id-0', type: 'function', function: { name: 'collect_digits', arguments: '{"min":4,"max":6}' } }] },
      { role: 'tool', tool_call_id: 'id-0', content: 'done' },
      { role: 'user', content: '[typed on the keypad: 4711]' },
    ]);
  });

  it('remembers of its own words only what was heard', async () => {
    model.completions = [says(['Your card is on its way and will arrive on Thursday.'])];
    await say('hello', 1, { text: 'Hello, this', interrupted: true });
    expect(lastMessages()[1]).to.deep.equal({ role: 'assistant', content: 'Hello, this [interrupted]' });
    await say('wait', 2, { text: 'Your card is', interrupted: true });
    expect(lastMessages().slice(3)).to.deep.equal([{ role: 'assistant', content: 'Your card is [interrupted]' }, { role: 'user', content: 'wait' }]);
  });

  it('stops the model when the caller interrupts, and still knows what was heard', async () => {
    model.completions = [stalls('Let me tell you ', 'a long story'), says(['Yes?'])];
    const response = await client.turn(id, 'tell me', 'k1');
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    await eventually(() => model.live === 0);
    expect(textOf(await say('stop', 2, { text: 'Let me', interrupted: true }))).to.equal('Yes?');
    expect(lastMessages().slice(3)).to.deep.equal([{ role: 'assistant', content: 'Let me [interrupted]' }, { role: 'user', content: 'stop' }]);
  });

  it('asks the model once for a turn that is repeated, and anew for one that was cut', async () => {
    model.completions = [says(['Once.'])];
    expect(textOf(await say('hello'))).to.equal('Once.');
    expect(textOf(await say('hello'))).to.equal('Once.');
    expect(model.requests).to.have.length(1);
    model.completions = [stalls('Tw'), says(['Twice.'])];
    const reader = (await client.turn(id, 'again', 'cut')).body!.getReader();
    await reader.read();
    await reader.cancel();
    await eventually(() => model.live === 0);
    expect(await client.said(id, 'again', 'cut')).to.equal('Twice.');
    expect(lastMessages().filter(({ content }) => content === 'again')).to.have.length(1);
  });

  it('ends a reply that is still running when the next turn comes', async () => {
    model.completions = [stalls('So '), says(['Yes?'])];
    const first = client.events(id, 'one', 'k1');
    await eventually(() => model.live === 1);
    expect(textOf(await say('two', 2))).to.equal('Yes?');
    expect((await first).at(-1)).to.deep.equal({ name: 'error', data: { code: 'superseded', retryable: false } });
  });

  it('tells the model about a silent caller and a failed transfer', async () => {
    model.completions = [says(['Hm.'])];
    await turn(1, { type: 'silence', attempt: 1 });
    expect(lastMessages().at(-1)).to.have.property('content', '[the caller says nothing]');
    await client.post(`/api/v1/conversations/${id}/transfer`, { target: 'person', outcome: 'busy' });
    await turn(2, { type: 'transfer_failed', reason: 'busy' });
    expect(lastMessages().slice(-2).map(({ content }) => content)).to.deep.equal(['[the transfer to person ended: busy]', '[the transfer failed: busy]']);
  });

  const failures: readonly (readonly [what: string, completion: ReturnType<typeof says>, error: object])[] = [
    ['is overloaded', answers(429, { 'retry-after': '7' }), { code: 'rate_limited', retryable: true, retry_after_ms: 7000 }],
    ['is broken', answers(500), { code: 'model_unavailable', retryable: true }],
    ['refuses the key', answers(401), { code: 'model_key_refused', retryable: false }],
    ['refuses the request', answers(400), { code: 'model_request_refused', retryable: false }],
    ['answers with a page', answers(200, { 'content-type': 'text/html' }, '<html>'), { code: 'model_answer_strange', retryable: false }],
    ['answers with garbage', answers(200, { 'content-type': 'text/event-stream' }, 'data: {"choices":7}\n\n'), { code: 'model_answer_strange', retryable: false }],
    ['stops in the middle', answers(200, { 'content-type': 'text/event-stream' }, 'data: {"choices":[]}\n\n'), { code: 'model_unavailable', retryable: true }],
    ['breaks the connection', (response) => { response.socket?.destroy(); }, { code: 'model_unavailable', retryable: true }],
    ['sends a line without end', answers(200, { 'content-type': 'text/event-stream' }, `data: ${'x'.repeat(1_000_000)}`), { code: 'model_answer_strange', retryable: false }],
    ['never stops talking', says(Array<string>(40).fill('x'.repeat(1000))), { code: 'reply_too_long', retryable: false }],
    ['calls a tool that does not exist', says(['Hm.'], ['reboot', {}]), { code: 'unknown_tool', retryable: false }],
    ['calls a tool wrongly', says(['Hm.'], ['transfer_call', { extension: '1;2' }]), { code: 'bad_tool_call', retryable: false }],
    ['writes arguments that are not JSON', says(['Hm.'], ['escalate', '{"reason":']), { code: 'bad_tool_call', retryable: false }],
  ];
  for (const [what, completion, error] of failures) {
    it(`reports a model that ${what}`, async () => {
      model.completions = [completion];
      expect((await say('hello')).at(-1)).to.deep.equal({ name: 'error', data: error });
    });
  }

  it('reports a failure as a status where one JSON body was asked for', async () => {
    model.completions = [answers(429, { 'retry-after': '7' })];
    const response = await client.turn(id, 'hello', 'k1', { accept: 'application/json' });
    expect(response.headers.get('retry-after')).to.equal('7');
    expect(await errorOf(response)).to.deep.equal([429, 'rate_limited']);
  });
});
