import type { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import { installedSpeech } from '../../src/composition/installed-speech.js';
import type { Runtime } from '../../src/composition/runtime.js';
import { openSpeech } from '../../src/composition/speech.js';
import type { Config } from '../../src/config/gateway-schema.js';
import { loadConfig } from '../../src/config/load-config.js';
import { engineProcesses, ModelRoom, withSherpa } from '../adapters/speech/sherpa/sherpa-world.js';
import { aProfile } from '../support/builders/a-profile.js';
import { aTenant } from '../support/builders/a-tenant.js';
import { RecordingMetrics } from '../support/fakes/recording-metrics.js';
import { silentLogger } from '../support/fakes/silent-logger.js';
import { writeCtcRecogniser, writeVoice } from '../support/onnx/tiny-speech-models.js';
import { CodedEar, codedSpeech } from '../support/speech/coded-speech.js';

const never = new AbortController().signal;
const runtime = { clock: new SystemClock({ onFault: (error) => { throw error; } }), log: silentLogger, metrics: new RecordingMetrics() } as unknown as Runtime;

function config(accounts: string): Config {
  const loaded = loadConfig({ file: 'gateway.yaml', env: { VG_ASTERISK_PASSWORD: 'pw', VG_TENANTS_DIRECTORY: 'tenants' }, readFile: () => `speech:\n  accounts:\n${accounts}` });
  if (!loaded.ok) throw new Error('unusable settings');
  return loaded.value;
}

describe('speech that the settings name', () => {

  it('is what each account offers, even where its provider could do more', () => {
    const { recognisers, synthesisers } = installedSpeech(config('    ear: { provider: sherpa, sttModel: models/ear }\n    mouth: { provider: sherpa, ttsModel: models/mouth, voices: amy=en-US }\n    deepgram: { apiKey: key }\n'));
    expect(recognisers).to.deep.equal(['local', 'ear', 'deepgram']);
    expect([...synthesisers.keys()]).to.deep.equal(['local', 'mouth', 'deepgram']);
  });

  it('refuses an account that offers nothing', () => {
    expect(() => installedSpeech(config('    sherpa: { processes: 2 }\n'))).to.throw('speech.accounts.sherpa: it can neither recognise nor speak');
  });

  withSherpa('with accounts of sherpa', () => {
    let room: ModelRoom;
    beforeEach(() => { room = new ModelRoom(); });
    afterEach(() => { room.remove(); });

    it('hears and speaks, and leaves no process behind when it is closed', async () => {
      writeCtcRecogniser(room.path('ear'));
      writeVoice(room.path('mouth'));
      const speech = await openSpeech(config(`    sherpa: { sttModel: "${room.path('ear')}", ttsModel: "${room.path('mouth')}", voices: amy=en-US }\n`), runtime, never);
      expect(engineProcesses(), 'nobody has asked for it').to.deep.equal([]);
      const profile = aProfile({ speech: { ...aProfile().speech, sttProviders: ['sherpa'], ttsProviders: ['sherpa'], voice: 'amy', grammar: null } });
      const { speechToText, textToSpeech } = speech.forProfile(profile, aTenant());
      const ear = new CodedEar(8000);
      for await (const { samples } of textToSpeech.synthesise({ text: 'Where is my card?', voice: 'amy', language: 'en-US', sampleRateHz: 8000 }, never)) ear.write(samples);
      expect(ear.end()).to.equal('where is my card');
      const stream = await speechToText.open({ language: 'en-US', sampleRateHz: 8000 }, never);
      stream.beginUtterance(0);
      stream.write(codedSpeech('yes please', 8000));
      stream.endUtterance();
      let heard = '';
      for await (const event of stream) {
        heard = event.text;
        if (event.type === 'final') break;
      }
      expect(heard).to.equal('yes please');
      await stream.close();
      await speech.close();
      expect(engineProcesses()).to.deep.equal([]);
    });

    it('tells at start of a model that is not there, and leaves nothing open', async () => {
      const workers: Worker[] = [];
      const watch = (worker: Worker): void => { workers.push(worker); };
      process.on('worker', watch);
      const failure = await openSpeech(config(`    sherpa: { sttModel: "${room.path('none')}" }\n`), runtime, never).then(() => '', String);
      process.off('worker', watch);
      expect(workers, 'the threads of the local engines').not.to.be.empty;
      expect(workers.filter(({ threadId }) => threadId !== -1), 'those that have not ended').to.be.empty;
      expect(failure).to.include('none does not exist or is empty. Fix: make models');
    });
  });
});
