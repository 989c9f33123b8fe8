import type { AgentCard, BackEnd, Mind } from '../back-end.js';
import type { Output, TurnRequest } from '../wire.js';
import { answer, begin, type Memory } from './dialogue-machine.js';
import type { Dialogue } from './dialogue-schema.js';
import { Interpreter } from './understanding.js';

/** Replies from dialogues, one per agent. */
export class ScriptedBackEnd implements BackEnd {
  readonly agents: readonly AgentCard[];
  private readonly scripts: ReadonlyMap<string, { readonly dialogue: Dialogue; readonly interpreter: Interpreter }>;

  constructor(dialogues: readonly Dialogue[]) {
    this.scripts = new Map(dialogues.map((dialogue) => [dialogue.agent.id, { dialogue, interpreter: new Interpreter(dialogue) }]));
    this.agents = dialogues.map(({ agent }) => agent);
  }

  open(agentId: string): { readonly agent: AgentCard; readonly mind: Mind } | undefined {
    const script = this.scripts.get(agentId);
    return script === undefined ? undefined : { agent: script.dialogue.agent, mind: new ScriptedMind(script.dialogue, script.interpreter) };
  }
}

class ScriptedMind implements Mind {
  readonly greeting: string | null;
  private memory: Memory;

  constructor(private readonly dialogue: Dialogue, private readonly interpreter: Interpreter) {
    this.greeting = dialogue.greeting ?? null;
    this.memory = begin(dialogue);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a script knows its answer at once; a model does not
  async *reply(turn: TurnRequest): AsyncGenerator<Output, void, undefined> {
    const { memory, text, actions } = answer(this.dialogue, this.interpreter, this.memory, turn);
    this.memory = memory;
    // Word by word, as a model speaks, so that whoever reads is built for that.
    for (const word of text.match(/\S+\s*/gu) ?? []) yield { type: 'delta', text: word };
    yield* actions;
  }

  transferred(): void {
    // A script goes on with the next turn: a failed transfer comes as an input of its own.
  }
}
