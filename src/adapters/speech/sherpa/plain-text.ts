/** As people write: models trained on LibriSpeech know capitals only, and some say `<unk>` for what they do not know. */
export function plainText(text: string): string {
  const words = text.replace(/<unk>/gu, ' ').replace(/\s+/gu, ' ').trim();
  return /\p{Ll}/u.test(words) ? words : words.toLowerCase();
}
