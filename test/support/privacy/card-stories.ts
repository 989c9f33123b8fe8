import type { Random } from '../../../bench/speech/random.js';
import { cardNumber } from './card-numbers.js';
import { type Line, type Story, agent, caller, growing, pick } from './conversation.js';
import { cutInto, grouped, inPairs, misheard, oneByOne, withFillers, withRepeats } from './spoken-digits.js';

/** Shapes in which the masker was tuned: the recipe's own list. Each makes one conversation in which a card number is told. */
export type Shape = (random: Random) => Omit<Story, 'shape'>;

const ASKS = ['Could I have your card number, please?', 'What is the long number on your card?', 'Please read me the number.', 'Go ahead when you are ready.', 'How would you like to pay?'];
const INTROS = ['my card is ', 'yes it\'s ', 'the number is ', 'sure, ', '', 'it is a visa, ', 'okay here it comes ', 'hold on, so the credit card number is '];
const OUTROS = ['', '.', ' thank you', ' did you get that', ', that is all', ' and my name is Miller'];
const NODS = ['Okay.', 'Mm-hm.', 'Go on.', 'Yes?', 'Thank you, please continue.', 'Got it, and then?'];

const said = (random: Random, spoken: string): string => `${pick(random, INTROS)}${spoken}${pick(random, OUTROS)}`;
const asked = (random: Random): readonly Line[] => (random.below(3) === 0 ? [] : [agent(pick(random, ASKS))]);
const SPEAKING = [oneByOne, withRepeats, inPairs, (random: Random, digits: string) => grouped(random, digits), (random: Random, digits: string) => withFillers(random, oneByOne(random, digits))];
export const spokenSomehow = (random: Random, digits: string): string => pick(random, SPEAKING)(random, digits);

function whole(speak: (random: Random, digits: string) => string): Shape {
  return (random) => {
    const number = cardNumber(random);
    return { lines: [...asked(random), caller(said(random, speak(random, number)))], secrets: [number] };
  };
}

function split(between: (random: Random, part: string) => readonly Line[]): Shape {
  return (random) => {
    const number = cardNumber(random);
    const parts = cutInto(random, number, 2 + random.below(3));
    const speak = pick(random, SPEAKING);
    const lines = parts.flatMap((part, index) => [caller(`${index === 0 ? pick(random, INTROS) : ''}${speak(random, part)}`), ...between(random, part)]);
    return { lines: [...asked(random), ...lines], secrets: [number] };
  };
}

export const TUNED_SHAPES: Readonly<Record<string, Shape>> = {
  'figures with separators': whole((random, digits) => grouped(random, digits)),
  'digit by digit in words': whole(oneByOne),
  'doubles and triples': whole(withRepeats),
  'pairs': whole(inPairs),
  'fillers': whole((random, digits) => withFillers(random, oneByOne(random, digits))),
  'split over turns': split((random) => (random.below(2) === 0 ? [] : [agent(pick(random, NODS))])),
  'split and read back part by part': split((random, part) => [agent(`${spokenSomehow(random, part)}, ${pick(random, NODS).toLowerCase()}`)]),
  'keypad, key by key': (random) => {
    const number = cardNumber(random);
    const keys = Array.from(`${number}#`, (text): Line => ({ speaker: 'caller', source: 'keypad', final: true, text, afterMs: 400 }));
    return { lines: [agent('Please type your card number and press hash.'), ...keys], secrets: [number] };
  },
  'partials': (random) => {
    const number = cardNumber(random);
    return { lines: [...asked(random), ...growing(random, caller(said(random, spokenSomehow(random, number))), 'p')], secrets: [number] };
  },
  'one digit misheard, card word near': (random) => {
    const number = cardNumber(random);
    const heard = misheard(random, number);
    return { lines: [agent(pick(random, ASKS.slice(0, 2))), caller(said(random, spokenSomehow(random, heard)))], secrets: [number, heard] };
  },
};
