import { CARD_DIGITS_MAX, hasCardForm, isCardNumber } from './card-brands.js';
import { type Candidate, candidateAcross, candidateIn } from './card-candidates.js';
import type { NumberSegment } from './number-segments.js';
import { type History, type Place, RUN_TURNS_MAX } from './utterance.js';

/** What was found, by segment. */
export type Findings = Map<NumberSegment, Candidate>;

/** Turns that a number said by both may be spread over. */
const SHARED_TURNS_MAX = 6;
/** Shorter ones are found by chance too often among the small numbers of two speakers, unless a card is spoken of. */
const SHARED_DIGITS_MIN = 15;
/** Digits looked at past a card number: a stray one before, expiry and code behind. */
const FRAME_DIGITS_MAX = 12;
/** So many digits in a row that are in a known card number give it away; four may be its last. */
const FRAGMENT_DIGITS = 5;
/** The same over several utterances, where small numbers meet by chance. */
const FRAGMENT_DIGITS_OVER_TURNS = 7;
/** An echo shorter than this is no echo. */
const ECHO_DIGITS_MIN = 3;
/** Segments that one number may be cut into: twice a turn. */
const SEGMENTS_MAX = 8;

/** Finds the card numbers in what was said, however they are spread over turns and speakers. `secrets`: what is a code or an expiry, unless it is part of a card right in every digit. */
export function findCards(history: History, secrets: ReadonlySet<NumberSegment>): Findings {
  const findings: Findings = new Map();
  for (const place of history.places(null)) {
    const candidate = candidateIn(place.segment, { cardNear: history.cardNear([place]), namedOther: history.namedOther(place) });
    if (candidate !== null) keep(findings, [place], candidate);
  }
  for (const speaker of ['caller', 'agent'] as const) {
    for (const stream of withoutStrays(history.places(speaker))) findAcross(history, { stream, secrets }, findings);
  }
  const both = history.places(null);
  for (const stream of [...withoutStrays(both), ...withoutStrays(withoutEchoes(history, both))]) findShared(history, stream, findings);
  return findings;
}

/** Finds what is left of `numbers`, cards already known, in what was said: read back in parts, said again. */
export function findFragments(history: History, numbers: readonly string[], findings: Findings): void {
  if (numbers.length === 0) return;
  const [short, long] = [fragmentsOf(numbers, FRAGMENT_DIGITS), fragmentsOf(numbers, FRAGMENT_DIGITS_OVER_TURNS)];
  for (const speaker of ['caller', 'agent'] as const) {
    const places = history.places(speaker).filter((place) => !findings.has(place.segment));
    for (const at of new Set(places.map((place) => place.at))) findFragmentsIn(places.filter((place) => place.at === at), short, findings);
    for (const chain of chainsOf(history, places)) findFragmentsIn(chain, long, findings);
  }
}

interface Fragments {
  readonly digits: number;
  /** Each with the number it is of. */
  readonly numbers: ReadonlyMap<string, string>;
}

function fragmentsOf(numbers: readonly string[], digits: number): Fragments {
  const all = numbers.flatMap((number) => Array.from({ length: number.length - digits + 1 }, (_, at) => [number.slice(at, at + digits), number] as const));
  return { digits, numbers: new Map(all) };
}

function findFragmentsIn(places: readonly Place[], fragments: Fragments, findings: Findings): void {
  const owners = places.flatMap((place) => Array.from(place.segment.digits, () => place));
  const digits = places.map(({ segment }) => segment.digits).join('');
  for (let at = 0; at + fragments.digits <= digits.length; at += 1) {
    const number = fragments.numbers.get(digits.slice(at, at + fragments.digits));
    if (number !== undefined) keep(findings, owners.slice(at, at + fragments.digits), { number });
  }
}

/** Runs of segments that may be one number. */
export function chainsOf(history: History, places: readonly Place[]): readonly (readonly Place[])[] {
  const chains: Place[][] = [];
  for (const place of places) {
    const chain = chains.at(-1);
    const previous = chain?.at(-1);
    if (chain !== undefined && previous !== undefined && history.linked(previous, place)) chain.push(place);
    else chains.push([place]);
  }
  return chains;
}

interface Search {
  readonly stream: readonly Place[];
  readonly secrets: ReadonlySet<NumberSegment>;
}

function findAcross(history: History, { stream, secrets }: Search, findings: Findings): void {
  for (const places of windowsOf(history, stream, RUN_TURNS_MAX)) {
    const relaxed = !places.some((place) => history.namedOther(place) || isWhole(findings, place)) && history.cardNear(places);
    const candidate = candidateAcross(places.map(({ segment }) => segment), relaxed);
    if (candidate !== null) keep(findings, places, withoutSecrets(places, candidate, secrets));
  }
}

/** What only looks like a card and has a code or an expiry in it has its last four digits from there: they are not told. */
function withoutSecrets(places: readonly Place[], candidate: Candidate, secrets: ReadonlySet<NumberSegment>): Candidate {
  const tells = candidate.number !== null && !isCardNumber(candidate.number) && places.some(({ segment }) => secrets.has(segment));
  return tells ? { number: null } : candidate;
}

/** What both said together is a card when it is right in every digit, or a card is spoken of and it looks like one. */
function findShared(history: History, stream: readonly Place[], findings: Findings): void {
  for (const places of windowsOf(history, stream, SHARED_TURNS_MAX)) {
    if (new Set(places.map((place) => history.speakerOf(place))).size < 2) continue;
    const number = places.map(({ segment }) => segment.digits).join('');
    const likely = hasCardForm(number) && !places.some((place) => history.namedOther(place)) && history.cardNear(places);
    if ((isCardNumber(number) && number.length >= SHARED_DIGITS_MIN) || likely) keep(findings, places, { number });
  }
}

/** Every row of two or more segments that is short enough and not interrupted. */
function* windowsOf(history: History, stream: readonly Place[], turnsMax: number): Generator<readonly Place[]> {
  for (let first = 0; first < stream.length; first += 1) {
    let digits = stream[first]?.segment.digits.length ?? 0;
    const turns = new Set(stream.slice(first, first + 1).map((place) => history.turnOf(place)));
    for (let last = first + 1; last < stream.length; last += 1) {
      const [previous, place] = [stream[last - 1], stream[last]] as [Place, Place];
      digits += place.segment.digits.length;
      turns.add(history.turnOf(place));
      if (digits > CARD_DIGITS_MAX + FRAME_DIGITS_MAX || turns.size > turnsMax || last - first >= SEGMENTS_MAX || !history.linked(previous, place)) break;
      yield stream.slice(first, last + 1);
    }
  }
}

/** Without what is surely something else; also without numbers of one digit, which may be none: `one moment`, `the first one`. */
function withoutStrays(all: readonly Place[]): readonly (readonly Place[])[] {
  const stream = all.filter(({ segment }) => segment.named !== 'amount' && !segment.international);
  const rest = stream.filter(({ segment }) => segment.digits.length > 1);
  return rest.length === stream.length ? [stream] : [stream, rest];
}

/** Without what one speaker only repeats of the other. */
function withoutEchoes(history: History, stream: readonly Place[]): readonly Place[] {
  const saidLast = { caller: '', agent: '' };
  return stream.filter((place) => {
    const { digits } = place.segment;
    const [own, other] = history.speakerOf(place) === 'agent' ? (['agent', 'caller'] as const) : (['caller', 'agent'] as const);
    if (digits.length >= ECHO_DIGITS_MIN && saidLast[other].endsWith(digits)) return false;
    saidLast[own] = `${saidLast[own]}${digits}`.slice(-CARD_DIGITS_MAX);
    return true;
  });
}

/** What is right in every digit counts more than what looks like a card, and that more than a part; of two the longer. */
function keep(findings: Findings, places: readonly Place[], candidate: Candidate): void {
  for (const { segment } of places) {
    const known = findings.get(segment);
    if (known === undefined || worth(candidate) > worth(known)) findings.set(segment, candidate);
  }
}

function worth({ number }: Candidate): number {
  return number === null ? 0 : number.length + (isCardNumber(number) ? CARD_DIGITS_MAX : 0);
}

/** Alone a card number, right in every digit: no part of another. */
function isWhole(findings: Findings, { segment }: Place): boolean {
  return isCardNumber(findings.get(segment)?.number ?? '');
}
