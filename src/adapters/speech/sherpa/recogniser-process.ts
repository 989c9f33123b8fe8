import sherpa from 'sherpa-onnx-node';
import type { RecogniserAnswer, RecogniserCommand, RecogniserLoad } from './engine-protocol.js';
import { serveEngine, tell } from './engine-side.js';
import { UtteranceRecogniser } from './utterance-recogniser.js';
import { VoiceGates } from './voice-gate.js';

/* Entry of a recogniser's process. */

function answer(message: RecogniserAnswer): void {
  tell(message);
}

serveEngine((message) => {
  const { recogniser, voiceActivityModel } = message as RecogniserLoad;
  const model = new sherpa.OnlineRecognizer(recogniser);
  const gates = voiceActivityModel === null ? null : new VoiceGates(voiceActivityModel);
  const utterances = new Map<number, UtteranceRecogniser>();
  const leave = (id: number): void => {
    utterances.get(id)?.close();
    utterances.delete(id);
  };
  const carryOut = (command: RecogniserCommand): void => {
    const { id } = command;
    switch (command.type) {
      case 'begin': utterances.set(id, new UtteranceRecogniser(model, gates, command.sampleRateHz)); return;
      case 'audio': {
        const text = utterances.get(id)?.write(command.samples) ?? null;
        answer({ type: 'taken', id, samples: command.samples.length });
        if (text !== null) answer({ type: 'partial', id, text });
        return;
      }
      case 'end': {
        const text = utterances.get(id)?.end() ?? '';
        leave(id);
        answer({ type: 'final', id, text });
        return;
      }
      case 'abort': leave(id); return;
    }
  };
  return Promise.resolve((command) => { carryOut(command as RecogniserCommand); });
});
