import type { Heard as HeardReply, TurnInput } from '../conversation/effect.js';
import type { EventBody } from '../shared/domain-event.js';
import { beginsLikeCard } from './card-beginnings.js';
import { CardMasker, type Masked } from './card-masker.js';
import { withWordsMasked } from './event-texts.js';
import type { Speaker } from './utterance.js';
import { withMasks } from './with-masks.js';

/** A turn of the record whose text is another one now. */
export interface Rewrite {
  readonly speaker: Speaker;
  readonly was: string;
  readonly text: string;
  readonly heard: string;
}

export interface Told {
  /** In order; those of `tell` with corrections of earlier ones and counts of what was hidden between them. */
  readonly events: readonly EventBody[];
  readonly rewrites: readonly Rewrite[];
}

/** What of a former process' transcript matters here. */
export interface FormerTurn {
  readonly speaker: Speaker;
  readonly text: string;
  readonly heard: string;
}

export interface DiscretionOptions {
  /** BCP 47, the most likely first. */
  readonly languages?: readonly string[];
}

export interface ForAgent {
  readonly input: TurnInput;
  readonly heard: HeardReply | null;
}

/** Turns that may still be corrected, of both speakers: more than the masker keeps. */
const TURNS_KEPT = 24;
/** Texts of the caller that the agent may be given again, with the one after. */
const CALLER_TEXTS_KEPT = 8;
const OPEN_NUMBER = '[digits]';

interface ToldTurn {
  readonly speaker: Speaker;
  readonly turnIndex: number;
  /** Of the event that told it; 0: told by a former process. */
  readonly sequence: number;
  readonly said: string;
  readonly heard: string;
  shown: string;
  /** Parts counted as hidden so far. */
  hidden: number;
}

type Of<Type extends EventBody['type']> = Extract<EventBody, { type: Type }>;

/**
 * What may be told of one call: the one gate between what is said and typed in it and everything outside. Card numbers, security
 * codes and expiry dates never pass it. `Call` sends each of its events and its record through `tell`, the engine what the agent
 * is asked through `forAgent`; nothing else of a conversation leaves it.
 *
 * One per call, made with it and forgotten with it; it remembers what was said last, so transitions are asked in their order.
 * Nothing is held back: what may still become a card is told hidden at once (see `CardMaskerOptions.holdBeginnings`), and what
 * is found out later is an `stt.corrected`. Times are those of the events; an event without one counts as happening with the last.
 */
export class Discretion {
  private readonly masker: CardMasker;
  private readonly turns = new Map<string, ToldTurn>();
  private readonly callerTexts: { readonly clear: string; shown: string; readonly key: string }[] = [];
  private readonly corrected = new Map<string, string>();
  /** The speech of the agent being told in pieces. */
  private speech: { readonly key: string; revision: number; text: string } | null = null;
  private lastHeard = { clear: '', shown: '' };
  private keys = 0;
  private atMs = 0;
  /** A former process has hidden a number that may go on: whatever comes next is hidden as if it did. */
  private openBefore = false;

  constructor({ languages = [] }: DiscretionOptions = {}) {
    this.masker = new CardMasker(languages, { holdBeginnings: true });
  }

  /** Takes up what another process has told of the call. Once, before anything else. */
  seed(transcript: readonly FormerTurn[]): void {
    for (const { speaker, text, heard } of transcript.slice(-TURNS_KEPT)) {
      const key = this.nextKey(speaker);
      this.masker.see({ speaker, key, revision: 0, final: true, source: 'speech', text, atMs: 0 });
      this.keep(key, { speaker, turnIndex: 0, sequence: 0, said: text, heard, shown: text, hidden: 0 });
    }
    this.openBefore = transcript.filter(({ speaker }) => speaker === 'caller').at(-1)?.text.includes(OPEN_NUMBER) ?? false;
  }

  /** `sequence`: of the last event told so far. */
  tell(bodies: readonly EventBody[], sequence: number): Told {
    const events: EventBody[] = [];
    const rewrites: Rewrite[] = [];
    const told = (): number => sequence + events.length + 1;
    const correct = (): void => { this.takeCorrections(events, rewrites); };
    correct();
    for (const body of bodies) {
      const { masked, hidden } = this.masked(body, told());
      events.push(masked);
      if (hidden > 0) events.push({ type: 'pci.masked', turnIndex: 'turnIndex' in body ? body.turnIndex : 0, count: hidden });
      correct();
    }
    return { events, rewrites };
  }

  /** A text of the call that is no turn of it, such as the words an agent gave with an order. */
  hide(text: string): string {
    return this.peek('agent', text);
  }

  /**
   * What the agent is given for what the caller did: speech as it was told; typed digits as they are, unless they are a card
   * number, or were not asked for or not finished and begin like one: then `*` each. `clear`: this agent may see cards.
   */
  forAgent({ input, heard }: ForAgent, clear: boolean): ForAgent {
    const typed = input.kind === 'digits' ? this.typedForAgent(input) : ''; // seen also when nothing is masked: speech may go on with it
    if (clear) return { input, heard };
    const told = heard === null ? null : { ...heard, text: this.heardBefore(heard.text) };
    if (input.kind === 'speech') return { input: { ...input, text: this.spokenForAgent(input.text) }, heard: told };
    return { input: input.kind === 'digits' ? { ...input, digits: typed } : input, heard: told };
  }

  private masked(body: EventBody, sequence: number): { readonly masked: EventBody; readonly hidden: number } {
    this.atMs = Math.max(this.atMs, timeOf(body));
    if (body.type === 'stt.transcribed') return this.callerTurn(body, sequence);
    if (body.type === 'turn.completed') return this.agentTurn(body, sequence);
    if (body.type === 'tts.generated') return { masked: { ...body, text: this.piece(body.text) }, hidden: 0 };
    if (body.type === 'caller.interrupted') return { masked: { ...body, heard: this.heardBefore(body.heard) }, hidden: 0 };
    return { masked: withWordsMasked(body, (text) => this.peek('agent', text)), hidden: 0 };
  }

  private callerTurn(body: Of<'stt.transcribed'>, sequence: number): { readonly masked: EventBody; readonly hidden: number } {
    if (body.via === 'digits' || body.text === '') return { masked: body, hidden: 0 };
    const key = this.nextKey('caller');
    const utterance = { speaker: 'caller', key, source: 'speech', text: body.text } as const;
    // Twice, since a pause counts from the end of one utterance to the beginning of the next.
    this.takeUp(this.masker.see({ ...utterance, revision: 0, final: false, atMs: body.startAtMs }));
    const masked = this.masker.see({ ...utterance, revision: 1, final: !this.openBefore, atMs: this.atMs });
    this.takeUp(masked);
    const hidden = this.masker.countOf('caller', key);
    if (masked.hidden === 0) this.openBefore = false;
    this.callerTexts.push({ clear: body.text, shown: masked.text, key });
    if (this.callerTexts.length > CALLER_TEXTS_KEPT) this.callerTexts.shift();
    this.keep(key, { speaker: 'caller', turnIndex: body.turnIndex, sequence, said: body.text, heard: body.text, shown: masked.text, hidden });
    return { masked: { ...body, text: masked.text }, hidden };
  }

  /** A piece of a speech, masked as part of what was said of it so far. */
  private piece(text: string): string {
    const speech = this.speech ?? { key: this.nextKey('agent'), revision: 0, text: '' };
    const from = speech.text === '' ? 0 : speech.text.length + 1;
    this.speech = { key: speech.key, revision: speech.revision + 1, text: speech.text === '' ? text : `${speech.text} ${text}` };
    this.seeSpeech(this.speech);
    return withMasks(this.speech.text, this.masker.masksOf('agent', speech.key), from);
  }

  private agentTurn(body: Of<'turn.completed'>, sequence: number): { readonly masked: EventBody; readonly hidden: number } {
    const { said, heard } = body;
    const speech = { key: this.speech?.key ?? this.nextKey('agent'), revision: (this.speech?.revision ?? 0) + 1, text: said };
    this.speech = null;
    if (said === '') return { masked: withWordsMasked(body, (text) => this.peek('agent', text)), hidden: 0 };
    const { text: shown } = this.seeSpeech(speech);
    const hidden = this.masker.countOf('agent', speech.key);
    const shownHeard = this.heardOf(speech.key, said, heard);
    this.lastHeard = { clear: heard, shown: shownHeard };
    this.keep(speech.key, { speaker: 'agent', turnIndex: body.turnIndex, sequence, said, heard, shown, hidden });
    return { masked: { ...body, said: shown, heard: shownHeard }, hidden };
  }

  private seeSpeech({ key, revision, text }: { readonly key: string; readonly revision: number; readonly text: string }): Masked {
    const masked = this.masker.see({ speaker: 'agent', key, revision, final: true, source: 'speech', text, atMs: this.atMs });
    this.takeUp(masked);
    return masked;
  }

  private heardOf(key: string, said: string, heard: string): string {
    return said.startsWith(heard) ? withMasks(said, this.masker.masksOf('agent', key), 0, heard.length) : this.peek('agent', heard);
  }

  private heardBefore(heard: string): string {
    return heard === this.lastHeard.clear ? this.lastHeard.shown : this.peek('agent', heard);
  }

  /** Turns that were never answered come again with the next: each is told as it was. */
  private spokenForAgent(text: string): string {
    let rest = text;
    let shown = '';
    for (const turn of [...this.callerTexts].reverse()) {
      if (!rest.endsWith(turn.clear)) continue;
      shown = shown === '' ? turn.shown : `${turn.shown} ${shown}`;
      rest = rest.slice(0, -turn.clear.length).trimEnd();
    }
    return rest === '' ? shown : `${this.peek('caller', rest)} ${shown}`.trimEnd();
  }

  private typedForAgent({ digits, complete, unasked }: Extract<TurnInput, { kind: 'digits' }>): string {
    const key = this.nextKey('caller');
    const masked = this.masker.see({ speaker: 'caller', key, revision: 0, final: true, source: 'keypad', text: digits, atMs: this.atMs });
    this.takeUp(masked);
    const isCard = this.masker.countOf('caller', key) > 0;
    return isCard || (beginsLikeCard(digits.replace(/\D/gu, '')) && (!complete || unasked === true)) ? masked.text : digits;
  }

  private peek(speaker: Speaker, text: string): string {
    return text === '' ? '' : this.masker.peek({ speaker, key: 'peek', revision: 0, final: true, source: 'speech', text, atMs: this.atMs }).text;
  }

  private takeUp({ corrections }: Masked): void {
    for (const { key, text } of corrections) this.corrected.set(key, text);
  }

  private takeCorrections(events: EventBody[], rewrites: Rewrite[]): void {
    for (const [key, text] of this.corrected) {
      const turn = this.turns.get(key);
      if (turn === undefined || turn.shown === text) continue;
      const heard = turn.speaker === 'caller' ? text : this.heardOf(key, turn.said, turn.heard);
      rewrites.push({ speaker: turn.speaker, was: turn.shown, text, heard });
      turn.shown = text;
      for (const spoken of this.callerTexts) if (spoken.key === key) spoken.shown = text;
      if (turn.sequence === 0) continue; // told by a former process: only the record of the call can be set right
      const { turnIndex, speaker, sequence } = turn;
      events.push({ type: 'stt.corrected', turnIndex, speaker, sequence, text, heard });
      const count = this.masker.countOf(speaker, key) - turn.hidden;
      if (count > 0) events.push({ type: 'pci.masked', turnIndex, count });
      turn.hidden += Math.max(0, count);
    }
    this.corrected.clear();
  }

  private keep(key: string, turn: ToldTurn): void {
    this.turns.set(key, turn);
    for (const oldest of this.turns.keys()) {
      if (this.turns.size <= TURNS_KEPT) return;
      this.turns.delete(oldest);
    }
  }

  private nextKey(speaker: Speaker): string {
    this.keys += 1;
    return `${speaker}-${this.keys}`;
  }
}

/** When it happened, as far as it tells. */
function timeOf(body: EventBody): number {
  if ('endAtMs' in body) return body.endAtMs;
  if ('endedAtMs' in body) return body.endedAtMs;
  return 'onsetAtMs' in body ? body.onsetAtMs : 0;
}

