import * as fc from 'fast-check';
import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';

const COUNTRIES = getCountries();
const digits = (min: number, max: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9]{${min},${max}}$`, 'u'));

/** A mobile number as it may really be, of any country. */
const real = fc.constantFrom(...COUNTRIES).map((country) => getExampleNumber(country, examples)?.number ?? '+390612345678');
/** Real subscribers' beginnings of Germany, so that a policy for Germany has something to let pass. */
const german = fc.tuple(fc.constantFrom('+4930', '+4989', '+49151', '+49171', '030', '0151', '0049151', '+49 (0)30 ', '+49-171-'), digits(6, 9)).map(([beginning, rest]) => beginning + rest);
/** What costs: premium, satellites, networks of their own, countries that share a code, all of them short of or beyond their length too. */
const dear = fc.tuple(fc.constantFrom(
  '+1900', '+1876', '+1809', '+1664', '+1268', '+49900', '+49180', '+49137', '+4932', '+49700', '+4411', '+4470', '+4487', '+4490', '+339', '+3989', '+8701', '+8707', '+8816', '+88213', '+88216', '+88299', '+883510', '+979', '+808', '+878', '+888',
  '+239', '+252', '+263', '+371', '+381', '+5355', '+675', '+677', '+685', '+960', '+212', '+216', '00882', '0900', '0137', '00', '011', '*31#',
), digits(0, 12)).map(([beginning, rest]) => beginning + rest);
const short = fc.constantFrom('112', '110', '911', '999', '000', '101', '115', '116117', '118', '11833', '+49112', '+49110', '+1911', '+44999', '+49116117', '0112', '00112', '+0112', '1', '', '+', '*99#', '#31#');
/** What it is not: other scripts, separators of other languages, addresses, things that end a number or begin another one. */
const odd = fc.constantFrom(';', '\n', '\r\n', '\0', '\t', ',', '&', '|', '@', '"', '\'', '${EXTEN}', ';ext=5', ';npdi;rn=+4930', '%0a', ' ext 5', 'x5', 'w900', 'p1900', '\u0664', '\uff11', '\u200e', '\u00a0', '+', '-', '(', ')', '/', '.', 'a', '@127.0.0.1', '&PJSIP/1900@outbound');
const addresses = fc.tuple(fc.constantFrom('sip:', 'sips:', 'tel:', 'PJSIP/', 'Local/', 'callto:', 'SIP/'), fc.oneof(german, dear, real), fc.constantFrom('', '@outbound', '@127.0.0.1:5060', ';user=phone', '/n')).map((parts) => parts.join(''));
const otherDigits = fc.oneof(german, real).map((number) => number.replace(/[0-9]/gu, (digit) => String.fromCodePoint(0x0660 + Number(digit))));
const broken = fc.tuple(fc.oneof(german, real, dear), odd, fc.nat(16)).map(([number, what, at]) => number.slice(0, at) + what + number.slice(at));
const twice = fc.tuple(fc.oneof(german, real), fc.constantFrom(' ', ',', '&', ';', '\n', ''), fc.oneof(dear, real)).map((parts) => parts.join(''));

/** Destinations as clients, people and attackers give them. */
export const destinations: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: german }, { weight: 2, arbitrary: real }, { weight: 3, arbitrary: dear }, short, addresses, otherDigits, { weight: 2, arbitrary: broken }, twice,
  fc.tuple(fc.constantFrom('+', '00', ''), digits(1, 20)).map((parts) => parts.join('')), fc.string({ maxLength: 30 }), fc.string({ unit: 'binary', maxLength: 20 }),
);
