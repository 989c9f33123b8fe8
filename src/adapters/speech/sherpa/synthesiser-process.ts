import sherpa from 'sherpa-onnx-node';
import type { SynthesiserCommand, SynthesiserLoad } from './engine-protocol.js';
import { serveEngine, tell } from './engine-side.js';
import { SynthesisQueue } from './synthesis-queue.js';

/* Entry of a synthesiser's process. */

serveEngine((message) => {
  const { voice } = message as SynthesiserLoad;
  const model = new sherpa.OfflineTts(voice);
  const queue = new SynthesisQueue((text, { speaker, speed }) => model.generateAsync({ text, sid: speaker, speed, enableExternalBuffer: false }), tell);
  return Promise.resolve((command) => { queue.carryOut(command as SynthesiserCommand); });
});
