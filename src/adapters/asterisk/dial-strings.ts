import { PortError } from '../../application/ports/port-error.js';

export interface DialStringOptions {
  /** How a number becomes a dial string; `{number}` and `{trunk}` are filled in. Default `PJSIP/{number}@{trunk}`. */
  readonly template?: string;
  /** Trunk when none is named. */
  readonly defaultTrunk: string;
}

const NUMBER = /^\+?[0-9]{1,32}$/;
const TRUNK = /^[A-Za-z0-9_.-]{1,64}$/;
/** PJSIP, an endpoint and perhaps a SIP address. Nothing that separates arguments, dials twice or enters the dialplan (Local/): no comma, &, |, ;, quotes, ${}. */
const DIAL_STRING = /^PJSIP\/[A-Za-z0-9_.+@:/[\]-]{1,200}$/;
const CONTEXT = /^[A-Za-z0-9_.-]{1,79}$/;
const EXTENSION = /^[A-Za-z0-9_*#+.-]{1,79}$/;
const DIGITS = /^[0-9*#A-D]{1,64}$/;

/** What callers and agents name becomes what Asterisk dials, here and nowhere else; anything odd is refused, never escaped. */
export class DialStrings {
  private readonly template: string;

  constructor(private readonly options: DialStringOptions) {
    this.template = options.template ?? 'PJSIP/{number}@{trunk}';
  }

  /** @throws PortError telephony/invalid-number */
  ofNumber(number: string, trunk = this.options.defaultTrunk): string {
    if (!NUMBER.test(number) || !TRUNK.test(trunk)) throw refused('telephony/invalid-number', 'a number is digits with an optional leading +, a trunk is a plain name');
    return this.template.replaceAll('{number}', number).replaceAll('{trunk}', trunk);
  }

  /** A number for the default trunk, or a dial string such as `PJSIP/caller/sip:4930@127.0.0.1:5060`. @throws PortError telephony/invalid-number */
  ofDestination(destination: string): string {
    if (NUMBER.test(destination)) return this.ofNumber(destination);
    if (!DIAL_STRING.test(destination)) throw refused('telephony/invalid-number', 'the destination is neither a number nor a plain dial string');
    return destination;
  }
}

/** @throws PortError telephony/invalid-extension */
export function assertDialplanTarget(target: { readonly context: string; readonly extension: string }): void {
  if (!CONTEXT.test(target.context) || !EXTENSION.test(target.extension)) throw refused('telephony/invalid-extension', 'context and extension are plain names');
}

/** @throws PortError telephony/invalid-digits */
export function assertDigits(digits: string): void {
  if (!DIGITS.test(digits)) throw refused('telephony/invalid-digits', 'digits are 1–64 of 0–9 * # A–D');
}

/** Only what a telephone number or a name may hold reaches a channel variable; the rest is dropped. */
export function presentable(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} +.'_-]/gu, '').slice(0, 64);
}

function refused(code: string, message: string): PortError {
  return new PortError(message, { code, kind: 'rejected' });
}
