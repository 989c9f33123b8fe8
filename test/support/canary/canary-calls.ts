import type { ScriptedReply, ScriptedStep } from '../fakes/scripted-agent.js';
import { fail, text, wait } from '../fakes/scripted-agent.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { Random } from '../../../bench/speech/random.js';
import { cardNumber } from '../privacy/card-numbers.js';
import { cutInto, grouped, inPairs, oneByOne, withFillers, withRepeats } from '../privacy/spoken-digits.js';
import { pick } from '../privacy/conversation.js';

/** What the caller does next. `cutsIn`: while the agent still speaks. `late`: the recogniser's last word never comes, only a partial. */
export type CanaryAct =
  | { readonly act: 'says'; readonly text: string; readonly cutsIn?: true; readonly late?: true }
  | { readonly act: 'types'; readonly keys: string; readonly cutsIn?: true }
  | { readonly act: 'hangs-up' };

export interface CanaryCall {
  readonly shape: string;
  readonly pan: string;
  readonly acts: readonly CanaryAct[];
  /** Of the agent, one a turn. */
  readonly replies: readonly ScriptedReply[];
  /** Digits that the payment tool must have got; null: none. */
  readonly vaulted: string | null;
}

type Making = Omit<CanaryCall, 'shape' | 'pan' | 'vaulted'> & { readonly vaulted?: string };
type Shape = (pan: string, random: Random) => Making;

const ASK = [text('What is your card number, please?')];
const GO_ON = [text('Go on.')];
const THANKS = [text('Thank you. Anything else?')];
const says = (said: string): CanaryAct => ({ act: 'says', text: said });
const types = (keys: string): CanaryAct => ({ act: 'types', keys });
const OPENING = says('I want to pay');

function collect(digits: { readonly min: number; readonly max: number; readonly secure?: true }): readonly ScriptedStep[] {
  return [text('Please type the number of your card.'), { type: 'collect-digits', digits: { terminator: '#', interDigitTimeoutMs: 3000, ...digits } }];
}

const inFigures = (random: Random, pan: string): string => grouped(random, pan);
const spoken = [inFigures, oneByOne, withRepeats, inPairs, (random: Random, pan: string) => withFillers(random, oneByOne(random, pan))] as const;
const whole = (pan: string) => ({ min: pan.length, max: pan.length });

/** How a card number may come into a call. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'in figures': (pan, random) => ({ acts: [OPENING, says(`it is ${inFigures(random, pan)}`), says('thank you')], replies: [ASK, THANKS] }),
  'digit by digit': (pan, random) => ({ acts: [OPENING, says(`it is ${oneByOne(random, pan)}`), says('thank you')], replies: [ASK, THANKS] }),
  'with doubles': (pan, random) => ({ acts: [OPENING, says(withRepeats(random, pan))], replies: [ASK, THANKS] }),
  'in pairs': (pan, random) => ({ acts: [OPENING, says(inPairs(random, pan))], replies: [ASK, THANKS] }),
  'nobody asked': (pan, random) => ({ acts: [says(pick(random, spoken)(random, pan)), says('did you get that')], replies: [THANKS, THANKS] }),
  'over turns': (pan, random) => ({
    acts: [OPENING, ...cutInto(random, pan, 2 + random.below(3)).map((part) => says(inFigures(random, part))), says('that was all')], replies: [ASK, GO_ON, GO_ON, GO_ON, THANKS],
  }),
  'over turns, unasked': (pan, random) => ({
    acts: [...cutInto(random, pan, 2 + random.below(3)).map((part) => says(oneByOne(random, part))), says('that was all')], replies: [GO_ON, GO_ON, GO_ON, GO_ON, THANKS],
  }),
  'cut short by hanging up': (pan, random) => ({ acts: [OPENING, says(inFigures(random, pan.slice(0, 8 + random.below(pan.length - 8)))), { act: 'hangs-up' }], replies: [ASK, THANKS] }),
  'cut short, unasked': (pan, random) => ({ acts: [says(oneByOne(random, pan.slice(0, 8 + random.below(pan.length - 8)))), { act: 'hangs-up' }], replies: [THANKS] }),
  'talking over the agent': (pan, random) => ({
    acts: [OPENING, says(inFigures(random, pan.slice(0, 8))), { act: 'says', text: inFigures(random, pan.slice(8)), cutsIn: true }, says('right')],
    replies: [ASK, [text('One moment, I will write that down for you right away, so please bear with me.')], THANKS],
  }),
  'read back': (pan, random) => ({
    acts: [OPENING, says(inFigures(random, pan)), says('yes')], replies: [ASK, [text(`So that is ${pick(random, spoken)(random, pan)}. Is that right?`)], THANKS],
  }),
  'read back in pieces, cut off': (pan, random) => ({
    acts: [OPENING, says(inFigures(random, pan)), { act: 'says', text: 'yes yes', cutsIn: true }, says('good')],
    replies: [ASK, [text(`I have ${inFigures(random, pan.slice(0, 8))}, `), wait(300), text(`${inFigures(random, pan.slice(8))}. `), text('Is that all right with you, or did I get something wrong?')], THANKS],
  }),
  'read out by the agent alone': (pan, random) => ({ acts: [OPENING, says('yes')], replies: [[text(`Is your card still ${pick(random, spoken)(random, pan)}?`)], THANKS] }),
  'recogniser late': (pan, random) => ({ acts: [OPENING, { act: 'says', text: inFigures(random, pan), late: true }, says('hello')], replies: [ASK, THANKS] }),
  'keys, asked for': (pan) => ({ acts: [OPENING, types(pan), says('done')], replies: [collect(whole(pan)), THANKS] }),
  'keys, unasked': (pan) => ({ acts: [types(pan), says('done')], replies: [THANKS] }),
  'keys, cut short': (pan) => ({ acts: [OPENING, types(pan.slice(0, -4)), says('I lost it')], replies: [collect(whole(pan)), THANKS] }),
  'keys over the agent': (pan) => ({ acts: [OPENING, { act: 'types', keys: pan, cutsIn: true }, says('done')], replies: [[text('Let me tell you about all the ways in which you can pay us today.')], THANKS] }),
  'half spoken, half typed': (pan, random) => ({ acts: [OPENING, says(inFigures(random, pan.slice(0, 6))), types(`${pan.slice(6)}#`), says('done')], replies: [ASK, collect({ min: 1, max: 19 }), THANKS] }),
  'keys in secure mode': (pan) => ({ acts: [OPENING, types(pan), says('done')], replies: [collect({ ...whole(pan), secure: true }), THANKS], vaulted: pan }),
  'keys in secure mode, spoken too': (pan, random) => ({ acts: [OPENING, says(`shall I say it? ${oneByOne(random, pan)}`), types(`${pan}#`), says('done')], replies: [collect({ ...whole(pan), secure: true }), collect({ ...whole(pan), secure: true }), THANKS], vaulted: pan }),
  'keys in secure mode, cut short': (pan) => ({ acts: [OPENING, types(pan.slice(0, 11)), says('no')], replies: [collect({ ...whole(pan), secure: true }), THANKS], vaulted: pan.slice(0, 11) }),
  'asked again with the number': (pan, random) => ({ acts: [OPENING, types('1#')], replies: [[text(`Is it ${inFigures(random, pan)}? Press one.`), { type: 'collect-digits', digits: { min: 1, max: 1, terminator: '#', interDigitTimeoutMs: 3000 } }], THANKS] }),
  'in a reason to escalate': (pan) => ({ acts: [OPENING], replies: [[{ type: 'escalate', reason: `payment with ${pan} failed` }]] }),
  'as a number to transfer to': (pan) => ({ acts: [OPENING, says('hello')], replies: [[{ type: 'transfer', target: { kind: 'number', number: pan } }], THANKS] }),
  'in a failure of the agent': (pan) => ({ acts: [OPENING, says('hello')], replies: [[fail(new PortError(`bad input: ${pan}`, { code: 'agent/failed', kind: 'rejected', cause: new Error(`card_number=${pan}`) }))], THANKS] }),
};

/** Not one whose digits other things have too: the ids of these tests are full of zeros. */
function freshCard(random: Random, used: Set<string>): string {
  for (;;) {
    const pan = cardNumber(random);
    if (used.has(pan) || /(\d)\1{4}/u.test(pan)) continue;
    used.add(pan);
    return pan;
  }
}

/** `count` calls, every shape in turn, each with a card of its own. */
export function canaryCalls(random: Random, count: number): readonly CanaryCall[] {
  const shapes = Object.entries(SHAPES);
  const used = new Set<string>();
  return Array.from({ length: count }, (_, index) => {
    const [shape, make] = shapes[index % shapes.length] ?? ['', SHAPES['in figures'] as Shape];
    const pan = freshCard(random, used);
    const { vaulted = null, ...making } = make(pan, random);
    return { shape, pan, vaulted, ...making };
  });
}
