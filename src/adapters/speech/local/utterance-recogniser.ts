import { firResampler } from '../../../domain/audio/fir-resampler.js';
import type { Resampler } from '../../../domain/audio/resampler.js';
import { AudioRing } from './audio-ring.js';
import type { DecoderPool } from './decoder-pool.js';
import { LineMean } from './line-mean.js';
import { LineNoise } from './line-noise.js';
import { DECODER_RATE_HZ, type DecoderKind, type Recognition, type SphinxDecoder } from './sphinx-decoder.js';

/** Audio not yet listened to; past this the oldest is dropped. */
export const BACKLOG_MS_MAX = 2000;
/** Audio between two looks at the best text so far. */
const PARTIAL_EVERY_MS = 100;
/** Silence fed after the last sample: the search needs some frames to close the last word. */
const TAIL_MS = 150;
/** Listened to in one utterance; what comes later is not. */
const UTTERANCE_MS_MAX = 60_000;
/** An utterance longer than this is not recognised a second time: it has taught the line while it lasted. */
const SECOND_LOOK_MS_MAX = 6000;
/** The mean of a line that moved further than this (as a distance of cepstra) was not the one to recognise with. */
const MOVED_FAR = 12;
/** Of the acoustic model. */
const FRAME_MS = 10;
/** Score at which words are as likely as not what was said, and how fast belief grows around it (both measured, see docs/adr/0003-local-speech.md). */
const SCORE_EVEN = -60;
const SCORE_SPREAD = 3;

export interface UtteranceOutlet {
  partial(text: string): void;
  final(text: string, confidence: number | null): void;
  dropped(samples: number): void;
}

export interface UtteranceOptions {
  readonly pool: DecoderPool;
  readonly grammar: string | null;
  readonly sampleRateHz: 8000 | 16000;
  readonly ring: AudioRing;
  readonly confidenceMin: number;
}

/** One stream in the recogniser thread: listens to its ring between begin and end, with a decoder lent for that long. */
export class UtteranceRecogniser {
  private readonly kind: DecoderKind;
  private readonly line: LineMean;
  private readonly noise = new LineNoise();
  private readonly resampler: Resampler;
  private readonly samplesPerMs: number;
  private readonly piece: Int16Array;
  private readonly doubled: Int16Array;
  private decoder: SphinxDecoder | null = null;
  /** Position in the ring of the next sample to listen to. */
  private position = 0;
  private heardSamples = 0;
  private sincePartial = 0;
  private partial = '';
  /** The utterance at 16 kHz while it may have to be recognised again; null when not. */
  private kept: Int16Array[] | null = null;

  constructor(private readonly options: UtteranceOptions, private readonly outlet: UtteranceOutlet) {
    const telephone = options.sampleRateHz !== DECODER_RATE_HZ;
    this.kind = { grammar: options.grammar, telephone };
    this.line = new LineMean(telephone);
    this.resampler = firResampler(options.sampleRateHz, DECODER_RATE_HZ);
    this.samplesPerMs = options.sampleRateHz / 1000;
    this.piece = new Int16Array(PARTIAL_EVERY_MS * this.samplesPerMs);
    this.doubled = new Int16Array(this.resampler.outputCapacity(this.piece.length));
    options.pool.warm(this.kind);
  }

  /** @throws DecodersExhausted */
  begin(from: number): void {
    if (this.decoder !== null) this.end(from); // two utterances never overlap: the first ends where the second begins
    this.decoder = this.options.pool.take(this.kind);
    this.decoder.begin(this.line.current);
    this.resampler.reset();
    this.noise.reset();
    this.position = from;
    this.heardSamples = 0;
    this.sincePartial = 0;
    this.partial = '';
    this.kept = this.kind.grammar === null ? null : []; // the general model is too slow for a second look
    this.listen(this.options.ring.written);
  }

  /** More audio is in the ring. */
  audio(): void {
    this.listen(this.options.ring.written);
  }

  /** Listens up to `at` and tells the final; nothing outside of an utterance. */
  end(at: number): void {
    this.listen(at);
    const { decoder } = this;
    if (decoder === null) return;
    this.feed(decoder, new Int16Array(TAIL_MS * this.samplesPerMs));
    const recognition = this.conclude(decoder);
    this.release();
    this.tellFinal(recognition);
  }

  close(): void {
    this.decoder?.end();
    this.release();
  }

  private conclude(decoder: SphinxDecoder): Recognition {
    const first = decoder.end();
    const moved = this.line.learn(first.cepstral, this.heardSamples / this.samplesPerMs / FRAME_MS);
    if (this.kept === null || moved < MOVED_FAR) return first;
    decoder.begin(this.line.current);
    for (const samples of this.kept) decoder.process(samples);
    return decoder.end();
  }

  private tellFinal({ text, score }: Recognition): void {
    if (text === '' || score === null) { this.outlet.final('', null); return; }
    const confidence = 1 / (1 + Math.exp((SCORE_EVEN - score) / SCORE_SPREAD));
    if (this.kind.grammar === null) this.outlet.final(text, null); // scores of the general model's search mean something else
    else if (confidence < this.options.confidenceMin) this.outlet.final('', null);
    else this.outlet.final(text, Math.round(confidence * 100) / 100);
  }

  private release(): void {
    if (this.decoder !== null) this.options.pool.give(this.decoder);
    this.decoder = null;
    this.kept = null;
  }

  private listen(upTo: number): void {
    const { decoder } = this;
    if (decoder === null) return;
    this.dropBacklog();
    for (;;) {
      const due = AudioRing.distance(this.position, upTo);
      if (due <= 0) return;
      const piece = this.piece.subarray(0, Math.min(due, this.piece.length));
      this.options.ring.read(this.position, piece);
      this.position = (this.position + piece.length) >>> 0;
      this.feed(decoder, piece);
      this.tellPartial(decoder, piece.length);
    }
  }

  private dropBacklog(): void {
    const excess = AudioRing.distance(this.position, this.options.ring.written) - BACKLOG_MS_MAX * this.samplesPerMs;
    if (excess <= 0) return;
    this.position = (this.position + excess) >>> 0;
    this.outlet.dropped(excess);
  }

  private feed(decoder: SphinxDecoder, piece: Int16Array): void {
    this.heardSamples += piece.length;
    if (this.heardSamples > UTTERANCE_MS_MAX * this.samplesPerMs) return;
    const output = this.resampler.outputCapacity(piece.length) > this.doubled.length ? new Int16Array(this.resampler.outputCapacity(piece.length)) : this.doubled;
    const samples = output.subarray(0, this.resampler.process(piece, output));
    if (this.kind.telephone) this.noise.addTo(samples);
    decoder.process(samples);
    if (this.heardSamples > SECOND_LOOK_MS_MAX * this.samplesPerMs) this.kept = null;
    this.kept?.push(samples.slice());
  }

  private tellPartial(decoder: SphinxDecoder, heard: number): void {
    this.sincePartial += heard;
    if (this.sincePartial < PARTIAL_EVERY_MS * this.samplesPerMs) return;
    this.sincePartial = 0;
    const text = decoder.text();
    if (text === this.partial || text === '') return;
    this.partial = text;
    this.outlet.partial(text);
  }
}
