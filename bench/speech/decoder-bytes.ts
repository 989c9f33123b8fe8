import { SphinxDecoder, SphinxModels } from '../../src/adapters/speech/local/sphinx-decoder.js';
import { SphinxLibrary } from '../../src/adapters/speech/local/sphinx-library.js';
import type { Corpus } from './corpus.js';

const MODEL_DIRECTORY = '/usr/share/pocketsphinx/model/en-us';
const DECODERS = 8;
const HEARD_SAMPLES = 16_000;
const CEPSTRA = 13;

export interface DecoderBytes {
  readonly corpus: string;
  readonly bytes: number;
}

/** What a further decoder with the grammar of each corpus adds to this process's memory once it has heard a second. The first, with all it shares, is not counted. */
export function decoderBytes(corpora: readonly Corpus[]): readonly DecoderBytes[] {
  const models = new SphinxModels(new SphinxLibrary(MODEL_DIRECTORY, []));
  const figures = corpora.map(({ name, grammar }) => {
    const open: SphinxDecoder[] = [];
    const more = (count: number): void => {
      for (let n = 0; n < count; n += 1) {
        const decoder = SphinxDecoder.open(models, { grammar, telephone: true });
        decoder.begin(new Float32Array(CEPSTRA));
        decoder.process(new Int16Array(HEARD_SAMPLES));
        decoder.end();
        open.push(decoder);
      }
    };
    more(1);
    const before = process.memoryUsage.rss();
    more(DECODERS);
    const bytes = (process.memoryUsage.rss() - before) / DECODERS;
    return { open, corpus: name, bytes };
  });
  for (const { open } of figures) for (const decoder of open) decoder.close(); // at the end: memory freed meanwhile would be used again
  models.close();
  return figures.map(({ corpus, bytes }) => ({ corpus, bytes }));
}
