import { type DecoderKind, SphinxDecoder, type SphinxModels } from './sphinx-decoder.js';

/** A decoder for the general model takes some 200 MB of memory; a few may exist per thread. */
const LANGUAGE_MODEL_DECODERS_MAX = 2;

/** No decoder is free and no more may be made. */
export class DecodersExhausted extends Error {
  override readonly name = 'DecodersExhausted';
}

interface Entry {
  readonly key: string;
  readonly decoder: SphinxDecoder;
}

/**
 * Decoders of one thread, by kind. A stream holds one only while its caller speaks, so that few serve many calls. Idle ones
 * stay warm; when room is needed for another kind, the one idle longest goes.
 */
export class DecoderPool {
  private readonly idle: Entry[] = [];
  private readonly busy = new Map<SphinxDecoder, string>();

  constructor(private readonly models: SphinxModels, private readonly decodersMax: number) {}

  /** @throws DecodersExhausted, JsgfFault */
  take(kind: DecoderKind): SphinxDecoder {
    const key = keyOf(kind);
    const at = this.idle.findLastIndex((entry) => entry.key === key);
    const warm = at < 0 ? undefined : this.idle.splice(at, 1)[0];
    if (warm === undefined) this.makeRoom(kind, key);
    const decoder = warm?.decoder ?? SphinxDecoder.open(this.models, kind);
    this.busy.set(decoder, key);
    return decoder;
  }

  give(decoder: SphinxDecoder): void {
    const key = this.busy.get(decoder);
    if (key === undefined) return;
    this.busy.delete(decoder);
    this.idle.push({ key, decoder });
  }

  /** Makes sure that one of this kind can be had: a bad grammar is told now, and the first word waits for nothing. */
  warm(kind: DecoderKind): void {
    const key = keyOf(kind);
    if (this.idle.some((entry) => entry.key === key) || [...this.busy.values()].includes(key)) return;
    this.give(this.take(kind));
  }

  close(): void {
    for (const decoder of [...this.busy.keys(), ...this.idle.map((entry) => entry.decoder)]) decoder.close();
    this.busy.clear();
    this.idle.length = 0;
  }

  private makeRoom(kind: DecoderKind, key: string): void {
    const alike = [...this.busy.values()].filter((other) => other === key).length;
    if (kind.grammar === null && alike >= LANGUAGE_MODEL_DECODERS_MAX) throw new DecodersExhausted(`all ${LANGUAGE_MODEL_DECODERS_MAX} recognisers with the general model are busy in this thread`);
    if (this.busy.size + this.idle.length < this.decodersMax) return;
    const oldest = this.idle.shift();
    if (oldest === undefined) throw new DecodersExhausted(`all ${this.decodersMax} recognisers of this thread are busy`);
    oldest.decoder.close();
  }
}

function keyOf({ grammar, telephone }: DecoderKind): string {
  return `${telephone ? 'telephone' : 'wideband'} ${grammar ?? ''}`;
}
