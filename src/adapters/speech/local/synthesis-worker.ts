import { parentPort } from 'node:worker_threads';
import { isPortError } from '../../../application/ports/port-error.js';
import { workerInput } from '../../native/worker-input.js';
import { ChunkOutlet } from './chunk-outlet.js';
import { EspeakEngine } from './espeak-engine.js';
import { FliteEngine } from './flite-engine.js';
import { LOCAL_VOICES } from './local-voices.js';
import { SilenceTrimmer } from './silence-trimmer.js';
import type { SynthesisEngine } from './synthesis-engine.js';
import type { RenderCommand, SynthesisAnswer, SynthesisCommand, SynthesisWorkerInput } from './synthesis-protocol.js';

/* Entry of a synthesis thread: renders one piece after the other. */

const { directories } = workerInput() as SynthesisWorkerInput;
const engines: { flite?: SynthesisEngine; espeak?: SynthesisEngine } = {};

function engineOf(kind: 'flite' | 'espeak'): SynthesisEngine {
  if (kind === 'flite') return (engines.flite ??= new FliteEngine(directories));
  return (engines.espeak ??= new EspeakEngine(directories));
}

function tell(answer: SynthesisAnswer, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(answer, transfer);
}

function render({ id, text, voice, sampleRateHz, leadMs, cancelled }: RenderCommand): void {
  const known = LOCAL_VOICES.find(({ name }) => name === voice);
  if (known === undefined) throw new Error(`no local voice is named ${voice}`);
  const flag = new Int32Array(cancelled);
  const wanted = (): boolean => Atomics.load(flag, 0) === 0;
  if (!wanted()) return;
  const outlet = new ChunkOutlet(sampleRateHz, new SilenceTrimmer(sampleRateHz, leadMs), wanted, (samples, words) => { tell({ id, type: 'chunk', samples, words }, [samples.buffer as ArrayBuffer]); });
  engineOf(known.engine).render(text, known.engineName, outlet);
  outlet.finish();
  if (outlet.samples > 0 || !wanted()) tell({ id, type: 'done' });
  else tell({ id, type: 'failed', code: 'text-to-speech/no-audio', kind: 'protocol', message: `the voice ${voice} rendered no audio` });
}

parentPort?.on('message', (command: SynthesisCommand) => {
  if (command.type === 'stop') { parentPort?.close(); return; }
  try {
    render(command);
  } catch (error) {
    const [code, kind] = isPortError(error) ? [error.code, 'not-found' as const] : ['text-to-speech/failed', 'unavailable' as const];
    tell({ id: command.id, type: 'failed', code, kind, message: error instanceof Error ? error.message : String(error) });
  }
});
