import type { TransferReport, TurnRequest } from '../wire.js';
import type { ToolCall } from './tools.js';

/** A message of the chat completions API. */
export type Message =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly tool_calls?: readonly object[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string };

/** One turn of the caller and what the model made of it. */
export interface Exchange {
  readonly turnIndex: number;
  readonly user: string;
  assistant: string;
  toolCalls: readonly ToolCall[];
  /** The part of `assistant` that was heard, when it was interrupted. */
  heard: string | null;
}

/** Older exchanges are forgotten. */
const EXCHANGES_MAX = 30;

/** A conversation as the model shall remember it: what was said, and of its own words only what was heard. */
export class History {
  private readonly exchanges: Exchange[] = [];

  constructor(private readonly systemPrompt: string, private greeting: string | null) {}

  /** Begins an exchange, and corrects the last one by what was heard of it. A repeated turn takes the place of its first attempt. */
  begin(turn: TurnRequest): Exchange {
    if (this.exchanges.at(-1)?.turnIndex === turn.turn_index) this.exchanges.pop();
    if (turn.heard?.interrupted === true) this.cut(turn.heard.text);
    return this.add(turn.turn_index, wordsFor(turn.input));
  }

  transferred({ target, outcome }: TransferReport): void {
    this.add(-1, `[the transfer to ${target} ended: ${outcome}]`);
  }

  messages(): readonly Message[] {
    const greeting: readonly Message[] = this.greeting === null ? [] : [{ role: 'assistant', content: this.greeting }];
    return [{ role: 'system', content: this.systemPrompt }, ...greeting, ...this.exchanges.flatMap(messagesOf)];
  }

  private add(turnIndex: number, user: string): Exchange {
    const exchange: Exchange = { turnIndex, user, assistant: '', toolCalls: [], heard: null };
    this.exchanges.push(exchange);
    if (this.exchanges.length > EXCHANGES_MAX) this.exchanges.shift();
    return exchange;
  }

  private cut(heard: string): void {
    const said = `${heard} [interrupted]`.trim();
    const last = this.exchanges.findLast(({ assistant }) => assistant !== '');
    if (last !== undefined) last.heard = said;
    else if (this.greeting !== null) this.greeting = said;
  }
}

function messagesOf({ user, assistant, heard, toolCalls }: Exchange): readonly Message[] {
  const calls = toolCalls.map(({ id, name, arguments: text }) => ({ id, type: 'function', function: { name, arguments: text } }));
  const said: readonly Message[] = assistant === '' && calls.length === 0 ? []
    : [{ role: 'assistant', content: heard ?? assistant, ...(calls.length === 0 ? {} : { tool_calls: calls }) }];
  return [{ role: 'user', content: user }, ...said, ...toolCalls.map(({ id }): Message => ({ role: 'tool', tool_call_id: id, content: 'done' }))];
}

function wordsFor(input: TurnRequest['input']): string {
  switch (input.type) {
    case 'speech': return input.text;
    case 'sealed_digits': return `[typed on the keypad in secret: ${input.token === null ? `lost, ${input.error ?? 'not stored'}` : `token ${input.token}, ${input.length} digits`}${input.complete ? '' : ', then stopped'}]`;
    case 'digits': return `[typed on the keypad: ${input.digits}${input.complete ? '' : ', then stopped'}]`;
    case 'silence': return '[the caller says nothing]';
    case 'transfer_failed': return `[the transfer failed: ${input.reason}]`;
  }
}
