/** Where a word begins. */
export interface SpeechMark {
  readonly text: string;
  readonly startMs: number;
}

/** Words of Polly's speech marks: JSON objects, one in a line. Null: that is something else. */
export function readSpeechMarks(text: string): readonly SpeechMark[] | null {
  const marks: SpeechMark[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const mark = readMark(line);
    if (mark === null) return null;
    if (mark.type === 'word') marks.push({ text: mark.value, startMs: mark.time });
  }
  return marks;
}

function readMark(line: string): { readonly type: string; readonly time: number; readonly value: string } | null {
  try {
    const { type, time, value } = JSON.parse(line) as Record<string, unknown>;
    return typeof type === 'string' && typeof time === 'number' && typeof value === 'string' ? { type, time, value } : null;
  } catch {
    return null;
  }
}
