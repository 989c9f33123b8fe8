import { PortError, type PortErrorKind } from '../../../src/application/ports/port-error.js';
import { agentContract, type AgentHarness } from '../../contract/agent.contract.js';
import { fail, ScriptedAgent, text, wait, type ScriptedReply } from '../../support/fakes/scripted-agent.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const STALL_MS = 3_600_000;

function start(): Promise<AgentHarness> {
  const clock = new VirtualClock();
  const usual: ScriptedReply = [wait(200), text('Hello '), wait(50), text('caller.')];
  let reply: ScriptedReply = usual;
  const agent = new ScriptedAgent({ clock, openDelayMs: 20, replies: Array.from({ length: 10 }, (): ScriptedReply => (turn) => (typeof reply === 'function' ? reply(turn) : reply)) });
  return Promise.resolve({
    agent,
    successor: () => agent,
    until: async <T>(work: Promise<T>): Promise<T> => {
      const state = { done: false };
      const finished = (): void => { state.done = true; };
      work.then(finished, finished);
      await clock.settle();
      for (let turn = 0; turn < 1000 && !state.done; turn += 1) await clock.run(100);
      return work;
    },
    close: () => Promise.resolve(),
    failNextTurn: (kind: PortErrorKind) => {
      reply = kind === 'timeout' ? [wait(STALL_MS)] : [text('So '), fail(new PortError('scripted', { code: `agent/${kind}`, kind }))];
    },
    stallNextTurn: () => { reply = [text('Well, '), wait(STALL_MS)]; },
    liveReplies: () => agent.live,
  });
}

agentContract({ name: 'ScriptedAgent', start, failures: ['timeout', 'unavailable', 'rejected', 'rate-limited', 'protocol'] });
