import { expect } from 'chai';
import type { Agent, AgentInput, AgentOutput, AgentTurn, ConversationRequest } from '../../src/application/ports/agent.js';
import { isPortError, type PortErrorKind } from '../../src/application/ports/port-error.js';
import { agentId, callId, conversationId, tenantId, type ConversationId } from '../../src/domain/shared/ids.js';

/** An agent ready to be asked, and the world it lives in. */
export interface AgentHarness {
  readonly agent: Agent;
  /** Lets time pass in that world until `work` is done. */
  until<T>(work: Promise<T>): Promise<T>;
  /** The world is closed, and everything the agent opened with it. */
  close(): Promise<void>;
  /** Makes the next turn fail in this way; absent when the world cannot. */
  readonly failNextTurn?: (kind: PortErrorKind) => void;
  /** Makes the next turn say something, then stand still for longer than a test lasts. */
  readonly stallNextTurn: () => void;
  /** The agent as another process would have it: it has opened nothing. */
  readonly successor: () => Agent;
  /** Replies being generated now, as the far side sees it. */
  readonly liveReplies: () => number;
}

export interface AgentSubject {
  readonly name: string;
  start(): Promise<AgentHarness>;
  /** Failures its world can make. */
  readonly failures: readonly PortErrorKind[];
}

const OUTPUT_TYPES = new Set<AgentOutput['type']>(['text', 'say', 'transfer', 'hangup', 'collect-digits', 'escalate', 'end']);
const never = new AbortController().signal;

export function aConversationRequest(over: Partial<ConversationRequest> = {}): ConversationRequest {
  return {
    callId: callId('01JD0000000000000000000001'), tenantId: tenantId('bank'), agentId: agentId('card-delivery'), language: 'en-US',
    direction: 'inbound', callerNumber: '+4930777001', calleeNumber: '+4930555001', ...over,
  };
}

export function aTurn(id: ConversationId, over: Partial<AgentTurn> = {}): AgentTurn {
  return { conversationId: id, idempotencyKey: `key-${over.turnIndex ?? 1}`, turnIndex: 1, input: { kind: 'speech', text: 'where is my card', confidence: 0.9 }, heard: null, ...over };
}

export async function collect(outputs: AsyncIterable<AgentOutput>): Promise<readonly AgentOutput[]> {
  const all: AgentOutput[] = [];
  for await (const output of outputs) all.push(output);
  return all;
}

export function spoken(outputs: readonly AgentOutput[]): string {
  return outputs.map((output) => (output.type === 'text' ? output.delta : output.type === 'say' ? output.text : '')).join('');
}

/** What `work` failed with. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure');
}

export async function expectPortError(work: Promise<unknown>, kind: PortErrorKind): Promise<void> {
  const error = await failureOf(work);
  if (!isPortError(error)) throw error;
  expect(error.kind).to.equal(kind);
  expect(error.code).to.match(/^agent\//u);
}

/** One test per sentence of the port's docstring. */
export function agentContract(subject: AgentSubject): void {
  describe(`${subject.name} as an Agent`, () => {
    let world: AgentHarness;
    const open = async (over: Partial<ConversationRequest> = {}): Promise<ConversationId> =>
      (await world.until(world.agent.open(aConversationRequest(over), never))).conversationId;
    const reply = (turn: AgentTurn, signal: AbortSignal = never): Promise<readonly AgentOutput[]> => world.until(collect(world.agent.reply(turn, signal)));

    beforeEach(async () => { world = await subject.start(); });
    afterEach(async () => { await world.agent.close(); await world.close(); });

    it('opens a conversation, with a greeting or none', async () => {
      const opened = await world.until(world.agent.open(aConversationRequest(), never));
      expect(opened.conversationId).to.have.length.greaterThan(0);
      if (opened.greeting !== null) expect(opened.greeting).to.have.length.greaterThan(0);
    });

    it('does not open when aborted already', async () => {
      const error = await failureOf(world.until(world.agent.open(aConversationRequest(), AbortSignal.abort())));
      expect(error).to.include({ code: 'agent/aborted', retryable: false });
    });

    it('answers a turn with something to say, in the vocabulary of the port, and ends', async () => {
      const outputs = await reply(aTurn(await open()));
      expect(spoken(outputs)).to.match(/[a-z]/iu);
      for (const { type } of outputs) expect(OUTPUT_TYPES.has(type), type).to.equal(true);
    });

    it('goes on in another process with what was opened in the first', async () => {
      const id = await open();
      const successor = world.successor();
      successor.resume(id, aConversationRequest());
      expect(spoken(await world.until(collect(successor.reply(aTurn(id), never))))).to.match(/[a-z]/iu);
      await successor.close();
    });

    it('takes every kind of input, and what was heard', async () => {
      const id = await open();
      const inputs: readonly AgentInput[] = [
        { kind: 'speech', text: 'where is my card', confidence: null }, { kind: 'digits', digits: '471123', complete: true },
        { kind: 'sealed-digits', token: 'digits-1', length: 16, lastFour: '1881', complete: true, failure: null },
        { kind: 'silence', attempt: 1 }, { kind: 'transfer-failed', reason: 'busy' },
      ];
      for (const [index, input] of inputs.entries()) {
        await reply(aTurn(id, { turnIndex: index + 1, input, heard: { text: 'Hello', interrupted: true } }));
      }
    });

    it('gives the same reply to the same idempotency key, and takes the turn once', async () => {
      const id = await open();
      const first = await reply(aTurn(id));
      expect(spoken(await reply(aTurn(id)))).to.equal(spoken(first));
    });

    it('keeps conversations apart that talk at the same time', async () => {
      const [one, two] = [await open(), await open({ callId: callId('01JD0000000000000000000002') })];
      const [a, b] = await world.until(Promise.all([collect(world.agent.reply(aTurn(one), never)), collect(world.agent.reply(aTurn(two, { idempotencyKey: 'other' }), never))]));
      expect(spoken(a)).to.equal(spoken(b));
    });

    it('does not know a conversation that was never opened', async () => {
      await expectPortError(reply(aTurn(conversationId('nobody'))), 'not-found');
    });

    it('ends the reply at once when it is aborted, and says nothing more', async () => {
      const id = await open();
      world.stallNextTurn();
      const abort = new AbortController();
      const outputs = world.agent.reply(aTurn(id), abort.signal)[Symbol.asyncIterator]();
      expect((await world.until(outputs.next())).done).to.equal(false);
      const pending = outputs.next();
      abort.abort();
      expect(await failureOf(pending)).to.include({ code: 'agent/aborted', retryable: false });
      expect((await outputs.next()).done).to.equal(true);
      await eventually(() => world.liveReplies() === 0);
    });

    it('ends the request when the reader leaves', async () => {
      const id = await open();
      world.stallNextTurn();
      await world.until((async () => {
        for await (const output of world.agent.reply(aTurn(id), never)) if (output.type === 'text') break;
      })());
      await eventually(() => world.liveReplies() === 0);
    });

    it('does not ask at all when the signal is aborted already', async () => {
      const id = await open();
      expect(await failureOf(reply(aTurn(id), AbortSignal.abort()))).to.include({ code: 'agent/aborted' });
    });

    it('is told how a transfer went', async () => {
      const id = await open();
      await world.until(world.agent.reportTransfer(id, { target: 'person', outcome: 'answered' }, never));
    });

    it('closes once, and refuses work afterwards', async () => {
      const id = await open();
      await world.agent.close();
      await world.agent.close();
      expect(await failureOf(world.agent.open(aConversationRequest(), never))).to.include({ code: 'agent/closed' });
      expect(await failureOf(collect(world.agent.reply(aTurn(id), never)))).to.include({ code: 'agent/closed' });
    });

    for (const kind of subject.failures) {
      it(`reports a failure of the kind "${kind}" as such`, async () => {
        const id = await open();
        world.failNextTurn?.(kind);
        await expectPortError(reply(aTurn(id)), kind);
      });
    }
  });
}

/** Waits for what the other side of a socket will notice soon. */
export async function eventually(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    if (condition()) return;
    await new Promise<void>((resolve) => { setTimeout(resolve, 10); });
  }
  throw new Error('it never happened');
}
