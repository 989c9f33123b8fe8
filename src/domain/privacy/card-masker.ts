import { BEGINNING_DIGITS_MIN, beginningsIn } from './card-beginnings.js';
import { isCardNumber } from './card-brands.js';
import { type Findings, chainsOf, findCards, findFragments } from './card-search.js';
import { type Mask, findSecrets } from './card-secrets.js';
import { numberLanguagesOf } from './languages/number-languages.js';
import type { NumberLanguage } from './number-language.js';
import { keypadText, type NumberSegment, numberText } from './number-segments.js';
import { History, RUN_GAP_MS, type Speaker, type Utterance } from './utterance.js';
import { withMasks } from './with-masks.js';

/** Something said or typed. The same `key` with a higher `revision` replaces what was known of that utterance. */
export interface Heard {
  readonly speaker: Speaker;
  /** Names the utterance within the call and speaker. */
  readonly key: string;
  /** Counts up; an older one than the newest seen, or any after the final one of the same number, changes nothing. */
  readonly revision: number;
  /** No further revision will come. */
  readonly final: boolean;
  /** `keypad`: `text` is the keys typed so far under this key (one, or a whole entry). */
  readonly source: 'speech' | 'keypad';
  /** The whole utterance as it is known now, never a delta. */
  readonly text: string;
  readonly atMs: number;
}

/** An earlier utterance whose masked text is another one now: what was stored or shown of it must be replaced. */
export interface Correction {
  readonly speaker: Speaker;
  readonly key: string;
  readonly text: string;
}

export interface Masked {
  /** The utterance as it may leave the call. */
  readonly text: string;
  readonly corrections: readonly Correction[];
  /** Parts hidden in this text; to be counted, never their values. */
  readonly hidden: number;
}

export interface CardMaskerOptions {
  /**
   * Finals too hide numbers that begin as a card does and have no other name, as partials do: for whoever cannot take back what
   * was told. When the same speaker has gone on to something else, a correction tells what they were; if he never does, nothing does.
   */
  readonly holdBeginnings?: boolean;
}

/** Utterances of each speaker that can still be corrected. */
export const UTTERANCES_KEPT = 8;
/** Card numbers of this call that are recognised when they are said again. */
const NUMBERS_KEPT = 8;
/** Keys looked at in one keypad entry; masked are all. */
const KEYS_KEPT = 64;
const DIGITS = '[digits]';

interface Kept extends Utterance {
  readonly key: string;
  readonly revision: number;
  readonly source: Heard['source'];
  readonly text: string;
  /** Keys typed before under other keys, which `text` begins with. */
  readonly keysBefore: string;
  /** What hides a card, for good. */
  masks: readonly Mask[];
  /** What hides a number that is not over yet. */
  held: readonly Mask[];
  shown: string;
}

/**
 * Hides card numbers, security codes and expiry dates in what is said and typed in one call: `[card ****1111]`, `[cvv]`,
 * `[exp]`; keys typed are `*` each, always. Pure: no clock, nothing is kept outside, no promise.
 *
 * How to use it. One instance per call, made with the call and forgotten with it, owned by the journal (whoever makes the
 * events). Every utterance of caller and agent and every key goes through `see`, in the order of the call, before anything of
 * it leaves the call (event, stored state, log, span, live view, index of recordings); only `Masked.text` may leave.
 * `corrections` name earlier utterances that must be replaced where they were stored: a number became whole only now. Whoever
 * cannot replace (an append-only sink) waits with finals for 1.5 s, or takes the correction as an event of its own. The agent's
 * streamed text is one utterance with growing revisions. The clear text stays in memory, here and in the engine.
 *
 * A number is digits in figures and words however mixed and separated, over up to four turns of a speaker, also with the other
 * speaking or repeating in between, or said by both in turns; it ends at a silence of 20 s or a clause of more than 8 words
 * without a number. A card is 13 to 19 digits with a right check digit, or a card word within two turns, or a card's beginning
 * and length. With the card word one digit may be wrong or missing. Known cards are hidden also where only five digits in a row
 * of them are said again. What was hidden in a final utterance stays hidden.
 *
 * Partials: recall goes first. A number that has 7 digits or more, with what was said before, is `[digits]` until the final
 * decides; so a live view may hide a telephone number for a second, and never shows the half of a card. A final with 8 to 11
 * digits that begin like a card, with a card word near, stays hidden too, since its rest is probably to come.
 *
 * Not found: words that only sound like digits (`for`, `won`) with no card word near, number words of a language not given,
 * 13 digits that are no Visa with no card word near (times in milliseconds have as many). Costs well under 1 ms an utterance
 * (the test of the recall prints it); keeps at most 8 utterances of each speaker.
 */
export class CardMasker {
  private readonly language: NumberLanguage;
  private kept: Kept[] = [];
  private numbers: string[] = [];

  /** `languages`: BCP 47 tags of what is spoken, the most likely first; English is always understood. */
  constructor(languages: readonly string[] = [], private readonly options: CardMaskerOptions = {}) {
    this.language = numberLanguagesOf(languages);
  }

  see(heard: Heard): Masked {
    const known = this.kept.findIndex((other) => other.speaker === heard.speaker && other.key === heard.key);
    const former = this.kept[known];
    if (former !== undefined && (heard.revision < former.revision || (former.final && heard.revision === former.revision))) {
      return { text: former.shown, corrections: [], hidden: allMasks(former).length };
    }
    const utterance = this.utteranceOf(heard, former);
    const keypad = former === undefined ? this.keypadToGoOn(heard) : -1;
    if (former !== undefined) this.kept[known] = utterance;
    else if (keypad >= 0) this.kept[keypad] = utterance;
    else this.append(utterance);
    const corrections = this.decide(utterance);
    const text = heard.source === 'keypad' ? '*'.repeat(heard.text.length) : utterance.shown;
    return { text, corrections, hidden: heard.source === 'keypad' ? heard.text.length : allMasks(utterance).length };
  }

  /** What `see` would show, without having seen it: for what is told twice (a reply, and what was heard of it). */
  peek(heard: Heard): Masked {
    const { kept, numbers } = this;
    this.kept = kept.map((utterance) => ({ ...utterance }));
    const masked = this.see(heard);
    this.kept = kept;
    this.numbers = numbers;
    return masked;
  }

  /** What is hidden of an utterance by now; of keypad entries what is known to belong to a card. */
  masksOf(speaker: Speaker, key: string): readonly Mask[] {
    const utterance = this.kept.find((other) => other.speaker === speaker && other.key === key);
    return utterance === undefined ? [] : allMasks(utterance);
  }

  /** Parts of an utterance that hide a card, its code or its expiry; what is only held back is not among them. */
  countOf(speaker: Speaker, key: string): number {
    return this.kept.find((other) => other.speaker === speaker && other.key === key)?.masks.length ?? 0;
  }

  private utteranceOf({ speaker, key, revision, final, source, text: said, atMs }: Heard, former: Kept | undefined): Kept {
    const before = former ?? this.kept[this.keypadToGoOn({ speaker, source, atMs })];
    const keysBefore = former?.keysBefore ?? before?.text ?? '';
    const text = source === 'keypad' ? `${keysBefore}${said}`.slice(-KEYS_KEPT) : said;
    const numbers = source === 'keypad' ? keypadText(text) : numberText(text, this.language);
    return { speaker, key, revision, source, atMs, final, text, keysBefore, numbers, startedAtMs: before?.startedAtMs ?? atMs, masks: [], held: [], shown: '' };
  }

  /** Keys that come under a key each are one entry while nobody spoke in between. */
  private keypadToGoOn({ speaker, source, atMs }: Pick<Heard, 'speaker' | 'source' | 'atMs'>): number {
    const last = this.kept.at(-1);
    const goesOn = source === 'keypad' && last?.source === 'keypad' && last.speaker === speaker && atMs - last.atMs <= RUN_GAP_MS;
    return goesOn ? this.kept.length - 1 : -1;
  }

  private append(utterance: Kept): void {
    this.kept.push(utterance);
    const own = this.kept.filter(({ speaker }) => speaker === utterance.speaker);
    if (own.length > UTTERANCES_KEPT) this.kept = this.kept.filter((other) => other !== own[0]);
  }

  private decide(newest: Kept): readonly Correction[] {
    const history = new History(this.kept);
    const secrets = findSecrets(history);
    const findings = findCards(history, new Set(secrets.keys()));
    if (newest.final) this.remember(findings);
    findFragments(history, this.numbers, findings);
    newest.held = masksOver(this.heldBack(history, newest));
    const corrections: Correction[] = [];
    for (const utterance of this.kept) {
      const cards = utterance.numbers.segments.flatMap((segment): readonly Mask[] => {
        const candidate = findings.get(segment);
        const secret = secrets.get(segment);
        if (secret !== undefined && !isCardNumber(candidate?.number ?? '')) return [secret];
        return candidate === undefined ? [] : [{ start: segment.start, end: segment.end, label: labelOf(candidate.number) }];
      });
      if (utterance !== newest && utterance.held.length > 0 && isOver(history, utterance, newest)) utterance.held = [];
      const masks = joined([cards, utterance === newest ? [] : utterance.masks]);
      const shown = utterance.source === 'keypad' ? '*'.repeat(utterance.text.length) : withMasks(utterance.text, joined([masks, utterance.held]));
      if (utterance !== newest && shown !== utterance.shown) corrections.push({ speaker: utterance.speaker, key: utterance.key, text: shown });
      utterance.masks = masks;
      utterance.shown = shown;
    }
    return corrections;
  }

  private heldBack(history: History, newest: Kept): ReadonlySet<NumberSegment> {
    const at = this.kept.indexOf(newest);
    if (!newest.final) return heldBackIn(history, at);
    return this.options.holdBeginnings === true && newest.source === 'speech' ? beginningsIn(history, at) : new Set();
  }

  private remember(findings: Findings): void {
    const found = [...findings.values()].flatMap(({ number }) => number ?? []);
    this.numbers = [...new Set([...this.numbers, ...found])].slice(-NUMBERS_KEPT);
  }
}

/** The segments of a partial that may still become a card. */
function heldBackIn(history: History, newest: number): ReadonlySet<NumberSegment> {
  const held = new Set<NumberSegment>();
  for (const chain of chainsOf(history, history.places(history.utterances[newest]?.speaker ?? null))) {
    const digits = chain.reduce((sum, { segment }) => sum + segment.digits.length, 0);
    for (const { segment, at } of chain) if (at === newest && digits >= BEGINNING_DIGITS_MIN) held.add(segment);
  }
  return held;
}

/** The newest utterance of the same speaker does not go on with a number of this one. */
function isOver(history: History, utterance: Kept, newest: Kept): boolean {
  if (newest.speaker !== utterance.speaker || !newest.final) return false;
  const [at, last] = [history.utterances.indexOf(utterance), history.utterances.indexOf(newest)];
  return !chainsOf(history, history.places(utterance.speaker)).some((chain) => chain.some((place) => place.at === at) && chain.at(-1)?.at === last);
}

function masksOver(segments: ReadonlySet<NumberSegment>): readonly Mask[] {
  return [...segments].map(({ start, end }) => ({ start, end, label: DIGITS }));
}

function allMasks({ masks, held }: Kept): readonly Mask[] {
  return joined([masks, held]);
}

function labelOf(number: string | null): string {
  return number === null ? DIGITS : `[card ****${number.slice(-4)}]`;
}

/** In order of the text; where two overlap, that of the earlier list stays. */
function joined(lists: readonly (readonly Mask[])[]): readonly Mask[] {
  const ranked = lists.flatMap((list, rank) => list.map((mask) => ({ mask, rank }))).sort((one, other) => one.mask.start - other.mask.start || one.rank - other.rank);
  const kept: typeof ranked = [];
  for (const next of ranked) {
    const last = kept.at(-1);
    if (last === undefined || last.mask.end <= next.mask.start) kept.push(next);
    else if (next.rank < last.rank) kept[kept.length - 1] = next;
  }
  return kept.map(({ mask }) => mask);
}
