import { readFileSync } from 'node:fs';
import { parseDialogue } from '../../../examples/reference-orchestrator/scripted/dialogue-file.js';
import { answer, begin, type Memory, type ScriptedReply } from '../../../examples/reference-orchestrator/scripted/dialogue-machine.js';
import type { Dialogue } from '../../../examples/reference-orchestrator/scripted/dialogue-schema.js';
import { Interpreter } from '../../../examples/reference-orchestrator/scripted/understanding.js';
import type { TurnInput, TurnRequest } from '../../../examples/reference-orchestrator/wire.js';

/** A caller who talks with a dialogue, without a network. */
export class Talk {
  last: ScriptedReply | null = null;
  private readonly interpreter: Interpreter;
  private memory: Memory;
  private turnIndex = 0;

  constructor(private readonly dialogue: Dialogue) {
    this.interpreter = new Interpreter(dialogue);
    this.memory = begin(dialogue);
  }

  static withFile(file: string): Talk {
    return new Talk(parseDialogue(readFileSync(file, 'utf8'), file));
  }

  static withYaml(yaml: string): Talk {
    return new Talk(parseDialogue(yaml, 'test.yaml'));
  }

  /** Says it; the reply's text. */
  say(text: string, heard?: string): string {
    return this.turn({ type: 'speech', text }, heard);
  }

  type(digits: string, complete = true): string {
    return this.turn({ type: 'digits', digits, complete });
  }

  /** `heard`: the caller stopped the last reply there. */
  turn(input: TurnInput, heard?: string): string {
    this.turnIndex += 1;
    const request: TurnRequest = { turn_index: this.turnIndex, input, heard: heard === undefined ? null : { text: heard, interrupted: true } };
    this.last = answer(this.dialogue, this.interpreter, this.memory, request);
    this.memory = this.last.memory;
    return this.last.text;
  }

  get actions(): readonly string[] {
    return (this.last?.actions ?? []).map(({ type }) => type);
  }
}
