import type { Random } from '../../../bench/speech/random.js';
import { cardNumber } from './card-numbers.js';
import { type Shape, spokenSomehow } from './card-stories.js';
import { type Line, agent, caller, pick } from './conversation.js';
import { below100, digitWord, grouped, inPairs, misheard, oneByOne, randomDigits, withRepeats } from './spoken-digits.js';

/** A second hold-out, written after the masker had been tuned on the first. */
const threes = (random: Random, group: string): string => {
  const [head, rest] = [Number(group.charAt(0)), Number(group.slice(1))];
  return group.length < 3 || head === 0 ? oneByOne(random, group) : `${digitWord(random, group.charAt(0))} hundred${rest === 0 ? '' : ` ${pick(random, ['and ', ''])}${below100(rest)}`}`;
};

function timesOver(random: Random, digits: string): string {
  return digits.replace(/(\d)\1*/gu, (run, digit: string) => (run.length > 1 && run.length < 10 ? ` ${below100(run.length)} times ${digitWord(random, digit)},` : ` ${oneByOne(random, run)}`)).trim();
}

export const LATE_SHAPES: Readonly<Record<string, Shape>> = {
  'many short utterances with pauses': (random) => {
    const number = cardNumber(random);
    const parts = number.match(/.{2,3}(?=.{2}|$)|.+$/gu) ?? [];
    return { lines: [agent('Your card number, please.'), ...parts.map((part) => ({ ...caller(spokenSomehow(random, part)), afterMs: 1500 + random.below(5000) }))], secrets: [number] };
  },
  'the card is named afterwards': (random) => {
    const number = cardNumber(random);
    const heard = misheard(random, number);
    return { lines: [agent('Go ahead.'), caller(`so ${spokenSomehow(random, heard)}`), agent('Thank you. Your card is being checked.')], secrets: [number, heard] };
  },
  'keypad, one entry revised': (random) => {
    const number = cardNumber(random);
    const typed = Array.from(number, (_, at): Line => ({ speaker: 'caller', source: 'keypad', final: at === number.length - 1, key: 'entry', revision: at, text: number.slice(0, at + 1), afterMs: 300 }));
    return { lines: [...typed, agent(`You typed ${grouped(random, number, [' '])}.`)], secrets: [number] };
  },
  'compounds and capitals': (random) => {
    const number = cardNumber(random);
    const words = inPairs(random, number).replace(/ /gu, '-');
    return { lines: [caller(`It is ${pick(random, [words.toUpperCase(), words])}`)], secrets: [number] };
  },
  'groups of three': (random) => {
    const number = cardNumber(random);
    return { lines: [caller(`my card: ${(number.match(/.{1,3}/gu) ?? []).map((group) => threes(random, group)).join(', ')}`)], secrets: [number] };
  },
  'three times one': (random) => {
    const number = cardNumber(random);
    return { lines: [agent('And the card?'), caller(timesOver(random, number))], secrets: [number] };
  },
  'paying after a total, one digit misheard': (random) => {
    const number = cardNumber(random);
    const heard = misheard(random, number);
    return { lines: [caller('I will pay by card'), agent('The total of your order is $45.20, go ahead.'), caller(spokenSomehow(random, heard))], secrets: [number, heard] };
  },
  'asked for another number': (random) => {
    const number = cardNumber(random);
    return { lines: [agent('What is the order number?'), caller(`oh ${spokenSomehow(random, number)}`), agent(`I cannot find ${withRepeats(random, number)}.`)], secrets: [number] };
  },
  'form with labels': (random) => {
    const number = cardNumber(random);
    return { lines: [agent(`Name: Jane Roe\nCard number: ${grouped(random, number, [' ', '-'])}\nExp: ${String(1 + random.below(12)).padStart(2, '0')}/2${random.below(9)}\nCVV: ${randomDigits(random, 3)}\nPhone: +1 555 ${randomDigits(random, 3)} ${randomDigits(random, 4)}`)], secrets: [number] };
  },
  'begun again after a mistake': (random) => {
    const number = cardNumber(random);
    const wrong = misheard(random, number.slice(0, 6));
    return { lines: [caller(`${oneByOne(random, wrong)}, no sorry, wrong card, ${spokenSomehow(random, number)}`)], secrets: [number] };
  },
};
