/** A piece is rendered at one go: shorter is heard sooner (flite needs 40 ms for 30 characters, 180 ms for 170). */
const PIECE_CHARACTERS_MAX = 160;
/** A full stop after these does not end a sentence. */
const ABBREVIATION = /(?:^|\s)(?:mr|mrs|ms|dr|st|prof|no|vs|approx|e\.g|i\.e)\.$/iu;

/**
 * Sentences of a text, long ones cut at a comma or a space; nothing when there is nothing to speak. Control and formatting
 * characters and angle brackets (markup for some engines) become spaces, so that what is left can only be spoken.
 */
export function speakablePieces(text: string): readonly string[] {
  const plain = text.normalize('NFC').replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}<>]+/gu, ' ').replace(/\s+/gu, ' ').trim();
  return sentences(plain).flatMap(shortPieces).filter((piece) => /[\p{L}\p{N}]/u.test(piece));
}

function sentences(text: string): readonly string[] {
  const found: string[] = [];
  let sentence = '';
  for (const part of text.split(/(?<=[.!?…][”’"')\]]?)\s+/u)) {
    sentence = sentence === '' ? part : `${sentence} ${part}`;
    if (ABBREVIATION.test(sentence)) continue;
    found.push(sentence);
    sentence = '';
  }
  return sentence === '' ? found : [...found, sentence];
}

function shortPieces(sentence: string): readonly string[] {
  const pieces: string[] = [];
  let rest = sentence;
  while (rest.length > PIECE_CHARACTERS_MAX) {
    const end = cutBefore(rest, PIECE_CHARACTERS_MAX);
    pieces.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return [...pieces, rest];
}

/** After the last comma or the like, else the last space, else in the middle of a word that is no word. */
function cutBefore(text: string, limit: number): number {
  const head = text.slice(0, limit);
  const comma = Math.max(...[', ', '; ', ': ', ' – '].map((sign) => head.lastIndexOf(sign)));
  if (comma > limit / 3) return comma + 1;
  const space = head.lastIndexOf(' ');
  return space > 0 ? space : limit;
}
