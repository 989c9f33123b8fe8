import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { plainText } from '../../../../src/adapters/speech/sherpa/plain-text.js';
import { sherpa } from '../../../../src/adapters/speech/sherpa/provider.js';
import { assertSherpaInstalled, SHERPA_VERSION } from '../../../../src/adapters/speech/sherpa/sherpa-package.js';
import { CloseStack } from '../../../../src/application/lifecycle/close-stack.js';
import { isPortError } from '../../../../src/application/ports/port-error.js';
import type { ProviderPorts, ProviderSettings } from '../../../../src/adapters/speech/wire/provider.js';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { writeCtcRecogniser, writeVoice } from '../../../support/onnx/tiny-speech-models.js';
import { ModelRoom } from './sherpa-world.js';

type Settings = Parameters<NonNullable<typeof sherpa.speechToText>>[0];

describe('the provider sherpa', () => {
  let room: ModelRoom;
  const owned = new CloseStack();
  const ports: ProviderPorts = { clock: new SystemClock({ onFault: (error) => { throw error; } }), logger: silentLogger, resampler: () => { throw new Error('not needed'); }, owned };
  const defaults = Object.fromEntries(Object.entries(sherpa.settings).map(([name, { default: value }]) => [name, value])) as Settings;
  const ear = (settings: Partial<ProviderSettings>) => sherpa.speechToText?.({ ...defaults, ...settings }, ports);
  const voice = (settings: Partial<ProviderSettings>) => sherpa.textToSpeech?.({ ...defaults, ...settings }, ports);
  before(() => {
    room = new ModelRoom();
    writeCtcRecogniser(room.path('ear'));
    writeVoice(room.path('voice'));
  });
  after(async () => {
    await owned.close();
    room.remove();
  });

  it('is made of settings', () => {
    expect(ear({ sttModel: room.path('ear') })?.capabilities).to.deep.equal({
      partialResults: true, endpointing: false, finalLatencyP99Ms: 700, sampleRatesHz: [8000, 16000], grammars: false,
    });
    expect(voice({ ttsModel: room.path('voice'), voices: 'amy=en-US, bella=en-GB/2' })?.capabilities.voices).to.deep.equal([{ name: 'amy', language: 'en-US' }, { name: 'bella', language: 'en-GB' }]);
  });

  it('offers what its models are for', () => {
    expect(sherpa.offers?.({ ...defaults, sttModel: 'x' })).to.deep.equal({ speechToText: true, textToSpeech: false });
    expect(sherpa.offers?.({ ...defaults, ttsModel: 'x' })).to.deep.equal({ speechToText: false, textToSpeech: true });
  });

  it('tells at start what of its settings is wrong', () => {
    const [sttModel, ttsModel] = [room.path('ear'), room.path('voice')];
    for (const [make, message] of [
      [() => ear({ sttModel, sttKind: 'whisper' }), /sttKind .* is one of auto, transducer/u], [() => ear({ sttModel, precision: 'int4' }), /precision .* is int8 or float/u],
      [() => ear({ sttModel, threads: '0' }), /threads .* from 1 to 64/u], [() => ear({ sttModel, processes: 'many' }), /processes .* from 1 to 64/u],
      [() => ear({ sttModel: room.path('none') }), /none does not exist or is empty\. Fix: /u], [() => ear({ sttModel, vadModel: room.path('none') }), /no voice activity model/u],
      [() => voice({ ttsModel }), /must name its voices/u], [() => voice({ ttsModel, voices: 'amy' }), /name=language/u], [() => voice({ ttsModel, voices: 'amy=en-US', speed: '9' }), /speed .* from 0\.5 to 2/u],
    ] as const) expect(make).to.throw(message);
  });

  it('tells how to install its package where that is missing, in the version that package.json names', () => {
    const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { optionalDependencies: Record<string, string> };
    expect(optionalDependencies['sherpa-onnx-node']).to.equal(SHERPA_VERSION);
    for (const missing of ['sherpa-onnx-node/', 'sherpa-onnx-linux-']) {
      let failure: unknown;
      try {
        assertSherpaInstalled((file) => { if (file.startsWith(missing)) throw new Error('not found'); return file; });
      } catch (error) {
        failure = error;
      }
      expect(isPortError(failure) && `${failure.code} ${failure.message}`).to.include('native/package-missing').and.include(`Fix: npm install --no-save sherpa-onnx-node@${SHERPA_VERSION}`);
    }
  });

  it('writes as people write, whatever a model writes', () => {
    expect(plainText(' WHERE IS  MY<unk> CARD ')).to.equal('where is my card');
    expect(plainText('Where is my ÉCLAIR')).to.equal('Where is my ÉCLAIR');
  });
});
