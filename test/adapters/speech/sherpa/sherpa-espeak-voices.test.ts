import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { voiceConfig } from '../../../../src/adapters/speech/sherpa/model-files.js';
import { SherpaTextToSpeech } from '../../../../src/adapters/speech/sherpa/sherpa-text-to-speech.js';
import type { SynthesisRequest } from '../../../../src/application/ports/text-to-speech.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { ESPEAK_DATA, writeKokoroVoice, writePiperVoice } from '../../../support/onnx/tiny-espeak-voices.js';
import { ModelRoom, withSherpa } from './sherpa-world.js';

const never = new AbortController().signal;
const request: SynthesisRequest = { text: 'Hello, where is my card?', voice: 'low', language: 'en-US', sampleRateHz: 8000 };

for (const [kind, write, speakers] of [['Piper', writePiperVoice, 1], ['Kokoro', writeKokoroVoice, 2]] as const) {
  withSherpa(`a ${kind} voice of sherpa-onnx`, () => {
    if (!existsSync(ESPEAK_DATA)) {
      it('needs the sounds of espeak-ng, which Debian has in espeak-ng-data');
      return;
    }
    let room: ModelRoom;
    let voice: SherpaTextToSpeech;
    const said = async (wish: Partial<SynthesisRequest>): Promise<readonly number[]> => {
      const samples: number[] = [];
      for await (const chunk of voice.synthesise({ ...request, ...wish }, never)) samples.push(...chunk.samples);
      return samples;
    };
    const crossings = (samples: readonly number[]): number => samples.filter((sample, at) => at > 0 && (sample < 0) !== ((samples[at - 1] ?? 0) < 0)).length;
    before(async () => {
      room = new ModelRoom();
      write(room.directory);
      voice = new SherpaTextToSpeech({
        load: { voice: voiceConfig({ directory: room.directory, precision: 'int8', threads: 1 }, 'en-US') }, speed: 1, processes: 1, logger: silentLogger,
        voices: [{ name: 'low', language: 'en-US', speaker: 0 }, { name: 'high', language: 'en-US', speaker: speakers - 1 }],
      });
      await said({});
    });
    after(async () => {
      await voice.close();
      room.remove();
    });

    textToSpeechContract(`sherpa, ${kind}`, () => Promise.resolve({ textToSpeech: voice, request, close: () => Promise.resolve() }));

    it('speaks with the speaker that the voice is', async () => {
      const [low, high] = [crossings(await said({})), crossings(await said({ voice: 'high' }))];
      expect(high / low).to.be.within(speakers - 0.1, speakers + 0.1);
    });

    it('reads what is no word, and lives', async () => {
      for (const text of ['42 €', 'hm 😀', '你好', `${'a'.repeat(1999)}.`, '<break time="1s"/>']) expect(await said({ text }), text).not.to.be.empty;
    });
  });
}
