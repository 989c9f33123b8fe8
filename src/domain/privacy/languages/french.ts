import type { NumberWords } from '../number-language.js';

/** 70 to 79 and 90 to 99 are sixty and eighty with a teen (`tensTakingTeens`); Swiss and Belgian tens besides. */
export const FRENCH: NumberWords = {
  code: 'fr',
  digits: ['zéro zero', 'un une', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf'],
  twoDigits: { dix: 10, onze: 11, douze: 12, treize: 13, quatorze: 14, quinze: 15, seize: 16 },
  tens: {
    'dix': 10, 'vingt': 20, 'trente': 30, 'quarante': 40, 'cinquante': 50, 'soixante': 60, 'septante': 70,
    'quatre-vingt': 80, 'quatre-vingts': 80, 'huitante': 80, 'octante': 80, 'nonante': 90,
  },
  tensTakingTeens: 'soixante quatre-vingt quatre-vingts',
  tensJoiners: 'et',
  repeats: { double: 2, triple: 3, quadruple: 4 },
  timesWords: 'fois',
  hundreds: 'cent cents',
  thousands: 'mille',
  fillers: 'euh heu ben alors et puis ensuite donc tiret virgule point espace le bon ok voilà',
  units: 'euro euros centime centimes franc francs dollars minutes minute heures heure jours jour semaines mois ans année rue avenue étage kilomètres mètres secondes',
  marks: {
    card: 'carte|cartes|carte bleue|carte bancaire|carte de crédit|cb|visa|mastercard|amex|maestro',
    cvv: 'cvv|cvc|cryptogramme|cryptogramme visuel|code de sécurité|trois chiffres au dos|trois derniers chiffres au dos',
    expiry: 'expire|expiration|date d\'expiration|valable jusqu\'au|valide jusqu\'au|date de validité|fin de validité',
    month: 'janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre',
    other: 'numéro de téléphone|numéro de commande|numéro client|numéro de référence|numéro de facture|numéro de suivi|numéro de portable|date de naissance|iban|code postal',
  },
};
