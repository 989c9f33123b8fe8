import type { NumberWords } from '../number-language.js';

/** British, American and Indian ways; with the misspellings that recognisers write. */
export const ENGLISH: NumberWords = {
  code: 'en',
  digits: ['zero oh o nought naught nil aught', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine niner'],
  twoDigits: {
    ten: 10, eleven: 11, twelve: 12, thirteen: 13, fourteen: 14, fifteen: 15, sixteen: 16, seventeen: 17, eighteen: 18, nineteen: 19,
  },
  tens: { twenty: 20, thirty: 30, forty: 40, fourty: 40, fifty: 50, sixty: 60, seventy: 70, eighty: 80, ninety: 90, ninty: 90 },
  repeats: { double: 2, dubble: 2, twice: 2, triple: 3, treble: 3, thrice: 3, quadruple: 4 },
  plurals: ['zeros zeroes ohs noughts', 'ones', 'twos', 'threes', 'fours', 'fives', 'sixes', 'sevens', 'eights', 'nines'],
  timesWords: 'times',
  hundreds: 'hundred',
  thousands: 'thousand',
  fillers: 'uh um uhm er erm eh ah hm hmm mm and then dash hyphen minus space comma dot point slash stroke next so okay ok like well followed by',
  units: 'dollar dollars cent cents euro euros pound pounds pence rupees percent minutes minute hours hour days day weeks week months years year times items pieces '
    + 'kilometers kilometres miles meters metres kilograms grams street avenue road lane drive boulevard floor am pm oclock milliseconds seconds ms',
  marks: {
    card: 'card|cards|creditcard|visa|mastercard|master card|amex|american express|discover|diners|diners club|jcb|unionpay|union pay|maestro|rupay|credit|debit|long number|sixteen digit|sixteen digits|16 digit|16 digits|pan',
    cvv: 'cvv|cvv2|cvc|cvc2|c v v|c v c|c v v two|c v c two|c v v 2|c v c 2|cid|security code|security number|verification code|verification number|card code|card verification value|three digits on the back|3 digits on the back|last three on the back|last three digits on the back|three digit code|3 digit code|four digit code|4 digit code|four digits on the front|code on the back|digits on the back|number on the back|signature strip',
    expiry: 'expiry|expires|expire|expiring|expiration|exp|valid until|valid till|valid to|valid thru|valid through|good until|good through|good thru|end date',
    month: 'january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec',
    other: 'plus|phone number|phone numbers|telephone number|mobile number|cell number|call me at|call me on|call me back at|call me back on|call back number|callback number|reach me at|reach me on|order number|order id|tracking number|tracking id|invoice number|ticket number|case number|reference number|booking number|booking code|confirmation number|customer number|member number|serial number|account number|sort code|routing number|iban|zip|zip code|postcode|postal code|date of birth|meter reading|policy number|order no|mobile phone|cell phone',
  },
};
