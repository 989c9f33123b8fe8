import type { protos } from '@google-cloud/speech';

type StreamingRecognizeResponse = protos.google.cloud.speech.v1.IStreamingRecognizeResponse;

export interface RecognitionResponse {
  /** A status: the stream goes no further. */
  readonly error: unknown;
  /** What will not change, in order. */
  readonly segments: readonly { readonly text: string; readonly confidence: number | null }[];
  /** Best guess of what follows; Google cuts it into a part that is stable and one that is not. */
  readonly partial: string;
}

/** The parts of a StreamingRecognizeResponse that we use. */
export function readResponse(response: unknown): RecognitionResponse {
  const { error, results } = response as StreamingRecognizeResponse;
  const segments: { text: string; confidence: number | null }[] = [];
  const guesses: string[] = [];
  for (const { isFinal, alternatives } of results ?? []) {
    const [best] = alternatives ?? [];
    const text = best?.transcript?.trim() ?? '';
    if (isFinal !== true) guesses.push(text);
    else segments.push({ text, confidence: given(best?.confidence) });
  }
  return { error: error ?? null, segments, partial: guesses.filter((text) => text !== '').join(' ') };
}

/** 0 says that it was not told. */
function given(confidence: number | null | undefined): number | null {
  return confidence === undefined || confidence === 0 ? null : confidence;
}
