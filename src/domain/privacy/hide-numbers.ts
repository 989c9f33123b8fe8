import { numberLanguagesOf } from './languages/number-languages.js';
import { numberText } from './number-segments.js';
import { withMasks } from './with-masks.js';

/** A text with every number in it hidden, be it a card's or the time of day: for what is said while a card is being typed. */
export function hideNumbers(text: string, languages: readonly string[] = []): string {
  const { segments } = numberText(text, numberLanguagesOf(languages));
  return withMasks(text, segments.map(({ start, end }) => ({ start, end, label: '[digits]' })));
}
