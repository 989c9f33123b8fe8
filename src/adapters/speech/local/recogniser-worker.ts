import { parentPort } from 'node:worker_threads';
import { isPortError } from '../../../application/ports/port-error.js';
import { workerInput } from '../../native/worker-input.js';
import { AudioRing } from './audio-ring.js';
import { DecoderPool, DecodersExhausted } from './decoder-pool.js';
import { JsgfFault } from './jsgf-tokens.js';
import type { RecogniserAnswer, RecogniserCommand, RecogniserFailure, RecogniserWorkerInput, ThreadAnswer } from './recogniser-protocol.js';
import { SphinxModels } from './sphinx-decoder.js';
import { SphinxLibrary } from './sphinx-library.js';
import { UtteranceRecogniser } from './utterance-recogniser.js';

/* Entry of a recogniser thread. */

type StreamCommand = Exclude<RecogniserCommand, { type: 'stop' }>;

function tell(answer: RecogniserAnswer | ThreadAnswer): void {
  parentPort?.postMessage(answer);
}

function failureOf(error: unknown): RecogniserFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof JsgfFault) return { code: 'speech-to-text/bad-grammar', kind: 'rejected', message };
  if (error instanceof DecodersExhausted) return { code: 'speech-to-text/exhausted', kind: 'unavailable', message };
  if (isPortError(error)) return { code: error.code, kind: 'not-found', message };
  return { code: 'speech-to-text/failed', kind: 'unavailable', message };
}

class RecogniserThread {
  private readonly streams = new Map<number, UtteranceRecogniser>();

  constructor(private readonly pool: DecoderPool, private readonly confidenceMin: number) {}

  carryOut(command: StreamCommand): void {
    try {
      this.act(command);
    } catch (error) {
      this.drop(command.stream);
      tell({ stream: command.stream, type: 'failed', failure: failureOf(error) });
    }
  }

  close(): void {
    for (const stream of this.streams.keys()) this.drop(stream);
    this.pool.close();
  }

  private act(command: StreamCommand): void {
    const stream = this.streams.get(command.stream);
    switch (command.type) {
      case 'open': this.open(command); return;
      case 'audio': stream?.audio(); return;
      case 'begin': stream?.begin(command.from); return;
      case 'end': stream?.end(command.at); return;
      case 'close': this.drop(command.stream); return;
    }
  }

  private open({ stream, grammar, sampleRateHz, ring }: Extract<StreamCommand, { type: 'open' }>): void {
    const { pool, confidenceMin } = this;
    this.streams.set(stream, new UtteranceRecogniser({ pool, grammar, sampleRateHz, ring: AudioRing.over(ring), confidenceMin }, {
      partial: (text) => { tell({ stream, type: 'partial', text }); },
      final: (text, confidence) => { tell({ stream, type: 'final', text, confidence }); },
      dropped: (samples) => { tell({ stream, type: 'dropped', samples }); },
    }));
    tell({ stream, type: 'opened' });
  }

  private drop(stream: number): void {
    this.streams.get(stream)?.close();
    this.streams.delete(stream);
  }
}

function start(): void {
  const input = workerInput() as RecogniserWorkerInput;
  const models = new SphinxModels(new SphinxLibrary(input.modelDirectory, input.directories));
  const thread = new RecogniserThread(new DecoderPool(models, input.decodersMax), input.confidenceMin);
  parentPort?.on('message', (command: RecogniserCommand) => {
    if (command.type !== 'stop') { thread.carryOut(command); return; }
    thread.close();
    models.close();
    parentPort?.close();
  });
  tell({ type: 'ready' });
}

try {
  start();
} catch (error) {
  tell({ type: 'unusable', failure: failureOf(error) });
}
