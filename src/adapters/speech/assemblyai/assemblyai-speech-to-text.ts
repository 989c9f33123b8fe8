import type { Cancel, Clock } from '../../../application/ports/clock.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { readJsonObject } from '../wire/json-message.js';
import { assertLanguage } from '../wire/languages.js';
import { pcm16le } from '../wire/pcm-assembler.js';
import { SpeechSocket } from '../wire/speech-socket.js';
import { type Utterance, type UtteranceEar, UtteranceStream } from '../wire/utterance-stream.js';

/** They take pieces of 50 to 1000 ms (universal streaming, v3). */
const PIECE_MS = 60;
/** What is left at the end of an utterance is filled up to the shortest piece that they take. */
const SHORTEST_MS = 50;
/** Forced, a turn without words is not always told: then there were none. */
const FORCED_PATIENCE_MS = 700;

export interface AssemblyAiOptions {
  readonly apiKey: string;
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
}

/** AssemblyAI's universal streaming: one socket for an utterance, whose turn we end (ForceEndpoint). It charges for the time that a socket is open. */
export class AssemblyAiSpeechToText implements SpeechToText {
  /** `finalLatencyP99Ms` is an assumption, not measured by us (Pipecat publishes 420 ms); the account's `finalLatencyMs` replaces it. */
  readonly capabilities: SpeechToTextCapabilities = { partialResults: true, endpointing: false, finalLatencyP99Ms: 450, sampleRatesHz: [8000, 16000], grammars: false };

  constructor(private readonly options: AssemblyAiOptions) {}

  async open(transcription: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    signal.throwIfAborted();
    assertLanguage(transcription.language, ['en'], 'assemblyai');
    return Promise.resolve(new UtteranceStream({
      sampleRateHz: transcription.sampleRateHz, begin: (ear) => new AssemblyAiUtterance(this.options, transcription, ear), close: () => Promise.resolve(), signal,
    }));
  }
}

class AssemblyAiUtterance implements Utterance {
  private readonly socket: SpeechSocket;
  private readonly pieceSamples: number;
  private piece: Int16Array;
  private filled = 0;
  private patience: Cancel = () => undefined;
  /** Something was said of this utterance: the provider is alive. */
  private alive = false;
  /** Words were guessed whose turn has not ended: they are worth waiting for. */
  private guessed = false;
  private ended = false;

  constructor(private readonly options: AssemblyAiOptions, private readonly transcription: TranscriptionOptions, private readonly ear: UtteranceEar) {
    this.pieceSamples = (transcription.sampleRateHz * PIECE_MS) / 1000;
    this.piece = new Int16Array(this.pieceSamples);
    const address = new URL('/v3/ws', options.url);
    const query = { sample_rate: String(transcription.sampleRateHz), encoding: 'pcm_s16le', format_turns: 'false' };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    if (transcription.phrases !== undefined && transcription.phrases.length > 0) address.searchParams.set('keyterms_prompt', JSON.stringify(transcription.phrases));
    this.socket = new SpeechSocket({
      port: 'speech-to-text', url: address.href, headers: { authorization: options.apiKey }, connectTimeoutMs: options.connectTimeoutMs,
      onText: (text) => { this.read(text); },
      onLost: (error) => {
        this.patience();
        ear.failed(error);
      },
    });
  }

  write(samples: Int16Array): void {
    for (let at = 0; at < samples.length;) {
      const part = samples.subarray(at, at + this.pieceSamples - this.filled);
      this.piece.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
      if (this.filled === this.pieceSamples) this.send(this.piece);
    }
  }

  end(): void {
    this.ended = true;
    if (this.filled > 0) this.send(this.piece.subarray(0, Math.max(this.filled, (this.transcription.sampleRateHz * SHORTEST_MS) / 1000)));
    this.socket.sendJson({ type: 'ForceEndpoint' });
    if (this.alive) this.awaitTurn();
  }

  abort(): void {
    this.patience();
    this.socket.close({ type: 'Terminate' });
  }

  private send(samples: Int16Array): void {
    this.socket.send(pcm16le(samples));
    this.piece.fill(0);
    this.filled = 0;
  }

  private read(text: string): void {
    const message = readJsonObject(text);
    if (message === null) { this.socket.fail('assemblyai sent something that is no message of /v3/ws'); return; }
    if (typeof message['error'] === 'string') {
      this.socket.refuse(new PortError(`assemblyai: ${message['error']}`, { code: 'speech-to-text/unavailable', kind: 'unavailable' }));
      return;
    }
    if (message['type'] !== 'Turn') return;
    const transcript = typeof message['transcript'] === 'string' ? message['transcript'] : '';
    const isOver = message['end_of_turn'] === true;
    this.alive = true;
    this.guessed = !isOver && transcript !== '';
    if (isOver) this.ear.segment(transcript, confidenceOf(message['words']));
    else this.ear.partial(transcript);
    if (this.ended && isOver) this.finish();
    else if (this.ended) this.awaitTurn();
  }

  private awaitTurn(): void {
    this.patience();
    if (!this.guessed) this.patience = this.options.clock.after(FORCED_PATIENCE_MS, () => { this.finish(); });
  }

  private finish(): void {
    this.abort();
    this.ear.done();
  }
}

/** Of a turn: the mean of its words'. */
function confidenceOf(words: unknown): number | null {
  const each = Array.isArray(words) ? words.map((word: unknown) => (word as { readonly confidence?: unknown }).confidence).filter((value) => typeof value === 'number') : [];
  return each.length === 0 ? null : each.reduce((sum, value) => sum + value, 0) / each.length;
}
