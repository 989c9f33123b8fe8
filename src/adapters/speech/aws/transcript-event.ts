import type { Alternative, TranscriptResultStream } from '@aws-sdk/client-transcribe-streaming';

export interface TranscriptParts {
  /** What will not change, in order. */
  readonly segments: readonly { readonly text: string; readonly confidence: number | null }[];
  /** Best guess of what follows. */
  readonly partial: string;
}

/** The parts of a TranscriptEvent that we use; other events have none. */
export function readTranscript({ TranscriptEvent: event }: TranscriptResultStream): TranscriptParts {
  const segments: { text: string; confidence: number | null }[] = [];
  const guesses: string[] = [];
  for (const { IsPartial: isPartial, Alternatives: alternatives } of event?.Transcript?.Results ?? []) {
    const best = alternatives?.[0] ?? {};
    if (isPartial === true) guesses.push(best.Transcript ?? '');
    else segments.push({ text: best.Transcript ?? '', confidence: confidenceOf(best) });
  }
  return { segments, partial: guesses.filter((text) => text !== '').join(' ') };
}

/** Mean of its words; Transcribe gives none for the whole. */
function confidenceOf({ Items: items }: Alternative): number | null {
  const each = (items ?? []).flatMap(({ Type: type, Confidence: confidence }) => (type === 'pronunciation' && confidence !== undefined ? [confidence] : []));
  return each.length === 0 ? null : each.reduce((sum, one) => sum + one, 0) / each.length;
}
