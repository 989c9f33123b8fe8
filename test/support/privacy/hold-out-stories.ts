import type { Random } from '../../../bench/speech/random.js';
import { cardNumber, withCheckDigit } from './card-numbers.js';
import { type Shape, spokenSomehow } from './card-stories.js';
import { type Line, agent, caller, growing, pick } from './conversation.js';
import { french, german, spanish } from './number-reader.js';
import { below100, cutInto, digitWord, grouped, inPairs, misheard, oneByOne, randomDigits, withFillers, withRepeats } from './spoken-digits.js';

/** Shapes written after the masker and before its first run: what came out of that run is in the commit that added them. */
const ODD_SEPARATORS = ['·', '/', '\u2011', '\u2013', '\u00a0', '_', ' . ', '\u200b', ':', ';', ' | ', '\n', '  ', '…'];
const ASIDES = ['wait one moment', 'let me turn it round', 'sorry the light is bad here', 'my daughter is calling', 'just a second please', 'uh where was I'];
const FULL_WIDTH = (digits: string): string => Array.from(digits, (digit) => String.fromCodePoint(0xff10 + Number(digit))).join('');

function mixed(random: Random, digits: string): string {
  return cutInto(random, digits, 2 + random.below(4)).map((part) => (random.below(2) === 0 ? part : pick(random, [oneByOne, withRepeats, inPairs])(random, part))).join(' ');
}

/** Groups of four as `forty-one hundred eleven`, `six thousand eleven`, `four ones`. */
function magnitudes(random: Random, digits: string): string {
  return (digits.match(/.{1,4}/gu) ?? []).map((group) => {
    if (group.length < 4 || group.startsWith('0') || random.below(4) === 0) return oneByOne(random, group);
    if (/^(\d)\1{3}$/u.test(group)) return `four ${['zeros', 'ones', 'twos', 'threes', 'fours', 'fives', 'sixes', 'sevens', 'eights', 'nines'][Number(group.charAt(0))] ?? ''}`;
    const [head, rest] = [Number(group.slice(0, 2)), Number(group.slice(2))];
    if (group.charAt(1) === '0') return `${below100(head / 10)} thousand${rest === 0 ? '' : ` ${pick(random, ['and ', ''])}${below100(rest)}`}`;
    return `${below100(head)} hundred${rest === 0 ? '' : ` ${below100(rest)}`}`;
  }).map((text) => `${text},`).join(' ');
}

const punctuated = (random: Random, digits: string): string =>
  Array.from(digits, (digit) => { const word = digitWord(random, digit); return `${word.charAt(0).toUpperCase()}${word.slice(1)}.`; }).join(' ');

const foreign = (name: (value: number) => string, tag: string, intro: string): Shape => (random) => {
  const number = cardNumber(random);
  const pairs = random.below(2) === 0;
  const parts = number.match(pairs ? /.{1,2}/gu : /./gu) ?? [];
  const text = parts.map((part) => (part.startsWith('0') || (part.endsWith('0')) ? Array.from(part, (digit) => name(Number(digit))).join(' ') : name(Number(part)))).join(', ');
  return { lines: [caller(`${intro} ${text}`)], secrets: [number], languages: [tag] };
};

export const HOLD_OUT_SHAPES: Readonly<Record<string, Shape>> = {
  'figures and words mixed, odd separators': (random) => {
    const number = cardNumber(random);
    const text = pick(random, [() => mixed(random, number), () => grouped(random, number, ODD_SEPARATORS), () => FULL_WIDTH(number)])();
    return { lines: [caller(`it says ${text} on the front`)], secrets: [number] };
  },
  'magnitudes and plurals': (random) => {
    const number = cardNumber(random);
    return { lines: [agent('Your card number, please.'), caller(`that would be ${magnitudes(random, number)} I think`)], secrets: [number] };
  },
  'begun by the agent, ended by the caller': (random) => {
    const number = cardNumber(random);
    const at = 4 + random.below(6);
    const lines = [agent(`I see a card that begins with ${spokenSomehow(random, number.slice(0, at))}, what comes then?`), caller(`then ${spokenSomehow(random, number.slice(at))}`)];
    return { lines, secrets: [number] };
  },
  'half spoken, half typed': (random) => {
    const number = cardNumber(random);
    const at = 4 + random.below(number.length - 8);
    const keys = Array.from(number.slice(at), (text): Line => ({ speaker: 'caller', source: 'keypad', final: true, text, afterMs: 300 }));
    const first = caller(`it's ${spokenSomehow(random, number.slice(0, at))} and the rest I type`);
    const nod = agent('Please do.');
    return { lines: [first, nod, ...keys, agent(`Thank you, so ${grouped(random, number, [' '])}, is that right?`)], secrets: [number] };
  },
  'partials over turns, misheard on the way, reply streamed': (random) => {
    const number = cardNumber(random);
    const parts = cutInto(random, number, 2 + random.below(2));
    const lines = parts.flatMap((part, index) => {
      const growth = growing(random, caller(spokenSomehow(random, part)), `c${index}`);
      const wrong = growth.slice(0, -1).map((line) => (random.below(4) === 0 ? { ...line, text: line.text.replace(/\bfour\b/u, 'for').replace(/\btwo\b/u, 'to') } : line));
      return [...wrong, growth.at(-1) as Line];
    });
    return { lines: [...lines, ...growing(random, agent(`Let me repeat that: ${spokenSomehow(random, number)}. Correct?`), 'a')], secrets: [number] };
  },
  'a digit lost, doubled or misheard over two turns': (random) => {
    const number = cardNumber(random);
    const at = 1 + random.below(number.length - 1);
    const heard = pick(random, [`${number.slice(0, at)}${number.slice(at + 1)}`, `${number.slice(0, at)}${number.charAt(at)}${number.slice(at)}`, misheard(random, number)]);
    const parts = cutInto(random, heard, 2);
    return { lines: [agent('And the card number?'), ...parts.map((part) => caller(spokenSomehow(random, part)))], secrets: [number, heard] };
  },
  'everything in one breath': (random) => {
    const number = cardNumber(random);
    const [month, year, code] = [1 + random.below(12), 26 + random.below(9), randomDigits(random, 3)];
    const before = pick(random, ['oh ', 'okay oh ', 'yes one moment ', 'so ', 'take number two, ']);
    const tail = pick(random, [`${below100(month)} ${below100(year)} ${oneByOne(random, code)}`, `expires ${below100(month)} ${below100(year)}, security code ${code}`, `${String(month).padStart(2, '0')}/${year} ${code}`]);
    return { lines: [caller(`${before}${spokenSomehow(random, number)} ${tail}`)], secrets: [number] };
  },
  'said twice, read back in groups over turns': (random) => {
    const number = cardNumber(random);
    const halves = [number.slice(0, 8), number.slice(8)];
    const readBack = (number.match(/.{1,5}/gu) ?? []).flatMap((part) => [agent(`${grouped(random, part, [' '])}?`), caller('yes')]);
    return { lines: [...halves.map((half) => caller(withRepeats(random, half))), agent('Sorry, once more?'), caller(`I said ${oneByOne(random, number)}`), ...readBack], secrets: [number] };
  },
  'log lines, JSON, names': (random) => {
    const number = cardNumber(random);
    const text = pick(random, [
      `{"level":"info","time":1795281249000,"msg":"pay","card":"${number}","amount":1200}`, `{"pan":${number},"id":"01JD3Q5W8R9X7Y6Z5A4B3C2D1E"}`,
      `payment failed: card=${number}&exp=12/28&cvv=123`, `recordings/2026-11-21_${number}_call.wav`, `card${number}`, `https://pay.example/charge?pan=${number}`,
      `2026-11-21T07:09:03.152Z charge of $12.50 on ${grouped(random, number, [' ', '-'])} refused`, `[1795281249000, ${number}]`, `<pan>${number}</pan>`, `PAN:${number};`,
    ]);
    return { lines: [agent(text)], secrets: [number] };
  },
  'every digit a sentence': (random) => {
    const number = cardNumber(random);
    return { lines: [caller(punctuated(random, number)), ...(random.below(2) === 0 ? [agent(`So that is ${punctuated(random, number)}`)] : [])], secrets: [number] };
  },
  'asides between the parts': (random) => {
    const number = cardNumber(random);
    const parts = cutInto(random, number, 2 + random.below(3));
    const lines = parts.flatMap((part, index) => [caller(`${withFillers(random, spokenSomehow(random, part))}${random.below(2) === 0 ? `, ${pick(random, ASIDES)}` : ''}`), ...(index % 2 === 0 ? [agent(pick(random, ['Take your time.', 'No problem at all.', 'I am here.']))] : [])]);
    return { lines: [agent('Which card is it?'), ...lines], secrets: [number] };
  },
  'German': foreign(german, 'de-DE', 'die Nummer ist'),
  'Spanish': foreign(spanish, 'es-ES', 'el número es'),
  'French': foreign(french, 'fr-FR', 'le numéro est'),
  'two cards': (random) => {
    const [first, second] = [cardNumber(random), withCheckDigit(`4${randomDigits(random, 15)}`)];
    return { lines: [caller(`try ${spokenSomehow(random, first)}`), agent('That one was declined.'), caller(`then take ${spokenSomehow(random, second)}`)], secrets: [first, second] };
  },
};
