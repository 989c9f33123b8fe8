import { PortError } from '../ports/port-error.js';
import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../ports/speech-to-text.js';
import { FallbackStream } from './fallback-stream.js';
import type { FallbackPorts, Rung } from './rung.js';

/**
 * Recognisers in order of preference as one. When the one in use dies or falls silent the next takes over in the middle of the word: it is
 * given all of the utterance again, faster than it was spoken, so nothing is lost and nothing comes twice. Only recognisers
 * without endpointing of their own, which have one final for each utterance, can stand in such a chain.
 */
export class FallbackSpeechToText implements SpeechToText {
  readonly capabilities: SpeechToTextCapabilities;

  constructor(private readonly rungs: readonly Rung<SpeechToText>[], private readonly ports: FallbackPorts) {
    const each = rungs.map(({ port }) => port.capabilities);
    const rates = each[0]?.sampleRatesHz ?? [];
    if (each.length === 0 || each.some(({ endpointing }) => endpointing)) throw new Error('a chain needs recognisers without endpointing');
    this.capabilities = {
      partialResults: each.every(({ partialResults }) => partialResults),
      endpointing: false,
      finalLatencyP99Ms: Math.max(...each.map(({ finalLatencyP99Ms }) => finalLatencyP99Ms)),
      sampleRatesHz: rates.filter((rate) => each.every(({ sampleRatesHz }) => sampleRatesHz.includes(rate))),
      grammars: each.some(({ grammars }) => grammars),
    };
  }

  /** @throws PortError `speech-to-text/no-provider` when none can be had now; what the last one said is its cause. */
  async open(options: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    if (signal.aborted) throw new PortError('aborted before it began', { code: 'speech-to-text/aborted', kind: 'unavailable' });
    const stream = new FallbackStream(this.rungs, options, this.ports, signal);
    try {
      await stream.start();
    } catch (error) {
      await stream.close();
      throw error;
    }
    return stream;
  }
}
