import type { Logger } from '../../../application/ports/logger.js';
import type { SpeechToText, SpeechToTextCapabilities, TranscriptionOptions, TranscriptionStream } from '../../../application/ports/speech-to-text.js';
import { assertLanguage } from '../wire/languages.js';
import { UtteranceStream } from '../wire/utterance-stream.js';
import { EngineFleet } from './engine-fleet.js';
import { EngineProcess } from './engine-process.js';
import type { RecogniserAnswer, RecogniserCommand, RecogniserLoad } from './engine-protocol.js';
import { LostUtterance, SherpaUtterance } from './sherpa-utterance.js';

export interface SherpaSpeechToTextOptions {
  readonly load: RecogniserLoad;
  /** Primary languages (BCP 47) that the model understands. */
  readonly languages: readonly string[];
  readonly finalLatencyP99Ms: number;
  readonly processes: number;
  readonly logger: Logger;
  /** Between two starts of a process. */
  readonly respawnMsMin?: number;
}

/**
 * A streaming recogniser of sherpa-onnx, in processes of its own: one is started when the first stream opens, which takes as long as its
 * model. It is given voice only, and each utterance is recognised for itself.
 */
export class SherpaSpeechToText implements SpeechToText {
  readonly capabilities: SpeechToTextCapabilities;
  private readonly fleet: EngineFleet<RecogniserCommand, RecogniserAnswer>;
  private nextId = 1;

  constructor(private readonly options: SherpaSpeechToTextOptions) {
    const { load, logger, processes, respawnMsMin } = options;
    this.capabilities = { partialResults: true, endpointing: false, finalLatencyP99Ms: options.finalLatencyP99Ms, sampleRatesHz: [8000, 16000], grammars: false };
    this.fleet = new EngineFleet({
      port: 'speech-to-text', processes, ...(respawnMsMin === undefined ? {} : { respawnMsMin }),
      open: () => EngineProcess.open<RecogniserCommand, RecogniserAnswer>({
        module: new URL('./recogniser-process.js', import.meta.url), load, port: 'speech-to-text',
        onDeath: (reason) => { logger.error('a recogniser process died', { reason }); },
      }),
    });
  }

  /** @throws PortError speech-to-text/unsupported-language, /model-unusable, /unavailable; the signal's reason when it aborts. */
  async open({ language, sampleRateHz }: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    signal.throwIfAborted();
    assertLanguage(language, this.options.languages, 'sherpa');
    await unlessAborted(this.fleet.leastLoaded(), signal);
    return new UtteranceStream({
      sampleRateHz, signal, close: () => Promise.resolve(),
      begin: (ear) => {
        const engine = this.fleet.running();
        if (engine === null) return new LostUtterance(ear);
        const id = this.nextId;
        this.nextId += 1;
        return new SherpaUtterance({
          engine, id, sampleRateHz, ear, onDropped: (ms) => { this.options.logger.warn('recogniser cannot keep up: audio dropped', { droppedMs: Math.round(ms) }); },
        });
      },
    });
  }

  /** Idempotent. Ends every utterance. */
  close(): Promise<void> {
    return this.fleet.close();
  }
}

/** The work goes on for those who come later. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => { reject(signal.reason instanceof Error ? signal.reason : new Error('aborted')); };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
