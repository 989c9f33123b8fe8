import type { Random } from '../../../bench/speech/random.js';
import { type Line, type Story, agent, caller, pick } from './conversation.js';
import { below100, cutInto, grouped, oneByOne, randomDigits, withRepeats } from './spoken-digits.js';

/** Conversations and texts with numbers in which no card is told: nothing of them may be hidden. */
type Harmless = (random: Random) => readonly Line[];

const between = (random: Random, low: number, high: number): number => low + random.below(high - low + 1);
const two = (value: number): string => String(value).padStart(2, '0');
const MONTHS = ['January', 'March', 'May', 'July', 'October', 'December'];

function usPhone(random: Random): string {
  return `${between(random, 201, 989)}${between(random, 200, 999)}${randomDigits(random, 4)}`;
}

function e164(random: Random): string {
  return pick(random, [() => `+1${usPhone(random)}`, () => `+44${between(random, 7100, 7999)}${randomDigits(random, 6)}`, () => `+49${between(random, 150, 179)}${randomDigits(random, 8)}`, () => `+33${between(random, 6, 7)}${randomDigits(random, 8)}`, () => `+91${between(random, 6, 9)}${randomDigits(random, 9)}`])();
}

function iban(random: Random): string {
  const [country, length] = pick(random, [['DE', 22], ['FR', 27], ['ES', 24], ['NL', 18], ['GB', 22], ['AT', 20], ['CH', 21]] as const);
  const bank = country === 'NL' || country === 'GB' ? 'ABNA' : '';
  const account = `${bank}${randomDigits(random, length - 4 - bank.length)}`;
  const value = Array.from(`${account}${country}00`, (character) => parseInt(character, 36)).join('');
  const check = two(Number(98n - (BigInt(value) % 97n)));
  const whole = `${country}${check}${account}`;
  return random.below(2) === 0 ? whole : whole.match(/.{1,4}/gu)?.join(' ') ?? whole;
}

function date(random: Random): string {
  const [day, month, year] = [between(random, 1, 28), between(random, 1, 12), between(random, 1950, 2029)];
  return pick(random, [`${two(day)}/${two(month)}/${year}`, `${year}-${two(month)}-${two(day)}`, `${day}.${month}.${year}`, `${pick(random, MONTHS)} ${day}, ${year}`,
    `the ${below100(day)} of ${pick(random, MONTHS)} ${below100(Math.floor(year / 100))} ${year % 100 < 10 ? `oh ${below100(year % 100)}` : below100(year % 100)}`]);
}

const amount = (random: Random): string => pick(random, [`$${between(random, 1, 9999)}.${two(random.below(100))}`, `${between(random, 1, 999)} euros`, `${below100(between(random, 1, 99))} pounds`, `${between(random, 1, 9)},${between(random, 100, 999)},${between(random, 100, 999)} dollars`, `€${between(random, 10, 99999)}`]);
const time = (random: Random): string => pick(random, [`${two(between(random, 0, 23))}:${two(random.below(60))}`, `${between(random, 1, 12)} pm`, `half past ${below100(between(random, 1, 12))}`]);
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ulid = (random: Random): string => `01${Array.from({ length: 24 }, () => CROCKFORD.charAt(random.below(32))).join('')}`;
const hex = (random: Random, length: number): string => Array.from({ length }, () => random.below(16).toString(16)).join('');
const uuid = (random: Random): string => `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`;
const stamp = (random: Random): string => String(1_600_000_000_000 + Math.floor(random.next() * 300_000_000_000));
const spokenPhone = (random: Random): string => pick(random, [oneByOne, withRepeats, grouped])(random, usPhone(random));
const order = (random: Random): string => pick(random, [randomDigits(random, between(random, 5, 12)), `ORD-${randomDigits(random, 8)}`, `A${randomDigits(random, 9)}`, `${between(random, 100, 999)}-${randomDigits(random, 7)}-${randomDigits(random, 7)}`]);
const tracking = (random: Random): string => pick(random, [`1Z${ulid(random).slice(2, 18)}`, randomDigits(random, 12), randomDigits(random, 10), `0${randomDigits(random, 13)}`, `LX${randomDigits(random, 9)}DE`, `9400${randomDigits(random, 18)}`, `JD0146${randomDigits(random, 12)}`]);

export const HARMLESS_SHAPES: Readonly<Record<string, Harmless>> = {
  'telephone numbers in figures': (random) => [agent('What is your number?'), caller(`it's ${grouped(random, usPhone(random), [' ', '-', '', '.'])}${pick(random, ['', ', extension 12', ', call after six'])}`)],
  'telephone numbers E.164': (random) => [caller(`please call me back on ${e164(random)}${random.below(2) === 0 ? ` or on ${e164(random)}` : ''}`)],
  'telephone numbers spoken': (random) => [agent(pick(random, ['Which number can we reach you at?', 'Your telephone number, please.', 'How can I call you back?'])), caller(`${pick(random, ['', 'yes ', 'it is '])}${spokenPhone(random)}`)],
  'telephone numbers read back': (random) => {
    const phone = usPhone(random);
    return [caller(`my number is ${withRepeats(random, phone)}`), agent(`I have ${grouped(random, phone, [' ', '-'])}. Is that right?`), caller(pick(random, ['yes', `no, ${oneByOne(random, usPhone(random))}`]))];
  },
  'telephone numbers in parts': (random) => cutInto(random, usPhone(random), 3).flatMap((part) => [caller(oneByOne(random, part)), agent('Mm-hm.')]),
  'order numbers': (random) => [agent('Do you have the order number?'), caller(`${pick(random, ['order ', 'it is ', 'the number is '])}${order(random)}`), agent('Thank you, I found it.')],
  'order numbers spoken': (random) => [caller(`it's about order ${oneByOne(random, randomDigits(random, between(random, 5, 11)))}`), agent('One moment, please.')],
  'dates': (random) => [agent('When were you born?'), caller(date(random)), agent(`So ${date(random)}, and you have been a customer since ${date(random)}?`)],
  'times': (random) => [agent(`We are open from ${time(random)} to ${time(random)} and from ${time(random)} until ${time(random)}.`), caller(`then ${time(random)} or ${time(random)}`)],
  'amounts': (random) => [agent(`Your balance is ${amount(random)}, of which ${amount(random)} are due.`), caller(`I have paid ${amount(random)}, then ${amount(random)} and ${amount(random)}`)],
  'IBANs': (random) => [agent('Your IBAN, please.'), caller(iban(random))],
  'tracking ids': (random) => [caller(`my parcel, tracking number ${tracking(random)}`), agent('It is on its way.')],
  'ULIDs and UUIDs': (random) => [agent(`call ${ulid(random)} of tenant ${uuid(random)} trace ${hex(random, 32)}`)],
  'times in milliseconds': (random) => [agent(pick(random, [`{"atMs":${stamp(random)},"ms":${random.below(5000)}}`, `started ${stamp(random)} ended ${stamp(random)}`, `recordings/${stamp(random)}-${ulid(random)}.wav`]))],
  'addresses': (random) => [caller(`I live at ${between(random, 1, 9999)} Oak Street, apartment ${between(random, 1, 99)}, ${randomDigits(random, 5)} Springfield`), agent(`${between(random, 1, 200)} km from us.`)],
  'cards spoken of, no number told': (random) => [
    caller(pick(random, ['my card was declined twice', 'I lost my credit card', 'I have a question about the card'])),
    agent(pick(random, [`Is it the card ending in ${randomDigits(random, 4)}?`, `Your card was charged ${amount(random)} on ${date(random)}.`])),
    caller(pick(random, ['yes, that one', `yes, you can call me at ${grouped(random, usPhone(random), ['-', ' '])}`, `my phone number is ${oneByOne(random, usPhone(random))}`, `and ${amount(random)} on ${date(random)}`])),
  ],
  'log lines': (random) => [agent(`${new Date(Number(stamp(random))).toISOString()} info leg ${randomDigits(random, 10)}.${between(random, 1, 999)} rtp 192.168.${random.below(256)}.${random.below(256)}:${between(random, 10000, 20000)} lost ${random.below(100)} of ${between(random, 1000, 99999)} in ${between(random, 1000, 99999)} ms`)],
  'talk with small numbers': (random) => [
    caller(`I need ${below100(between(random, 2, 20))} of them, or ${between(random, 20, 60)}, by ${date(random)}`), agent(`That is ${amount(random)} each, delivery takes ${between(random, 2, 9)} days.`),
    caller(`the first one was ${amount(random)}, two of the others ${below100(between(random, 21, 99))}`), agent(`So ${between(random, 10, 99)} in total, at ${time(random)}, room ${between(random, 100, 999)}.`),
  ],
};

export function harmlessStory(shape: string, random: Random): Story {
  const make = HARMLESS_SHAPES[shape];
  if (make === undefined) throw new Error(`no shape ${shape}`);
  return { shape, lines: make(random), secrets: [] };
}
