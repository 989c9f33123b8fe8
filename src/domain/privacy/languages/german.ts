import type { NumberWords } from '../number-language.js';

/** Tens are said unit first (`einundvierzig` is 41): the rule `reversedTens`. */
export const GERMAN: NumberWords = {
  code: 'de',
  digits: ['null', 'eins ein eine', 'zwei zwo', 'drei', 'vier', 'fünf fuenf', 'sechs', 'sieben', 'acht', 'neun'],
  twoDigits: {
    zehn: 10, elf: 11, zwölf: 12, zwoelf: 12, dreizehn: 13, vierzehn: 14, fünfzehn: 15, fuenfzehn: 15, sechzehn: 16, siebzehn: 17, achtzehn: 18, neunzehn: 19,
  },
  tens: { zwanzig: 20, dreißig: 30, dreissig: 30, vierzig: 40, fünfzig: 50, fuenfzig: 50, sechzig: 60, siebzig: 70, achtzig: 80, neunzig: 90 },
  reversedTens: { joiner: 'und', units: 'ein zwei drei vier fünf sechs sieben acht neun' },
  repeats: { doppel: 2, doppelt: 2, zweimal: 2, dreimal: 3, viermal: 4 },
  timesWords: 'mal',
  hundreds: 'hundert',
  thousands: 'tausend',
  fillers: 'die der äh ähm öh hm mhm und dann also die bindestrich strich minus komma punkt leerzeichen so okay ok weiter nochmal',
  units: 'euro cent franken prozent minuten minute stunden stunde tage tag wochen monate jahre uhr straße stock kilometer meter kilo gramm sekunden',
  marks: {
    card: 'karte|karten|kreditkarte|kreditkartennummer|kartennummer|girokarte|debitkarte|visa|visakarte|mastercard|amex|maestro|kartendaten',
    cvv: 'cvv|cvc|prüfziffer|prüfnummer|prüfzahl|kartenprüfnummer|sicherheitscode|sicherheitsnummer|drei ziffern auf der rückseite|dreistellige|dreistellige nummer|dreistelliger code|code auf der rückseite',
    expiry: 'gültig bis|ablaufdatum|verfallsdatum|läuft ab|ablauf|gültigkeit|gültigkeitsdatum',
    month: 'januar|jänner|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember',
    other: 'telefonnummer|handynummer|mobilnummer|rückrufnummer|faxnummer|bestellnummer|auftragsnummer|sendungsnummer|rechnungsnummer|kundennummer|vorgangsnummer|buchungsnummer|kontonummer|iban|bankleitzahl|postleitzahl|geburtsdatum',
  },
};
