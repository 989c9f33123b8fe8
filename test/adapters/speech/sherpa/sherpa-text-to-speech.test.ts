import { expect } from 'chai';
import { voiceConfig } from '../../../../src/adapters/speech/sherpa/model-files.js';
import { SherpaTextToSpeech } from '../../../../src/adapters/speech/sherpa/sherpa-text-to-speech.js';
import { isPortError } from '../../../../src/application/ports/port-error.js';
import type { SynthesisRequest } from '../../../../src/application/ports/text-to-speech.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { RecordingLogger } from '../../../support/fakes/recording-logger.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { writeVoice } from '../../../support/onnx/tiny-speech-models.js';
import { CodedEar } from '../../../support/speech/coded-speech.js';
import { until } from '../../../support/until.js';
import { engineProcesses, killEngines, ModelRoom, withSherpa } from './sherpa-world.js';

const never = new AbortController().signal;
const request: SynthesisRequest = { text: 'where is my card', voice: 'low', language: 'en-US', sampleRateHz: 8000 };

withSherpa('a voice of sherpa-onnx', () => {
  const logger = new RecordingLogger();
  let room: ModelRoom;
  let voice: SherpaTextToSpeech;
  const said = async (wish: Partial<SynthesisRequest>): Promise<string> => {
    const ear = new CodedEar(wish.sampleRateHz ?? 8000);
    for await (const { samples } of voice.synthesise({ ...request, ...wish }, never)) ear.write(samples);
    return ear.end();
  };
  const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'none', (error: unknown) => (isPortError(error) ? error.code : String(error)));
  before(async () => {
    room = new ModelRoom();
    writeVoice(room.directory);
    voice = new SherpaTextToSpeech({
      load: { voice: voiceConfig({ directory: room.directory, precision: 'int8', threads: 1 }, 'en-US') }, speed: 1, processes: 1, respawnMsMin: 0, logger,
      voices: [{ name: 'low', language: 'en-US', speaker: 0 }, { name: 'high', language: 'en-US', speaker: 1 }],
    });
    await said({});
  });
  after(async () => {
    await voice.close();
    room.remove();
  });

  textToSpeechContract('sherpa', () => Promise.resolve({ textToSpeech: voice, request, close: () => Promise.resolve() }));

  it('says what it was given, each word once, at both rates', async () => {
    expect(await said({ text: 'Where is my card? Yes, please.' })).to.equal('where is my card yes please');
    expect(await said({ text: 'Where is my card? Yes, please.', sampleRateHz: 16_000 })).to.equal('where is my card yes please');
  });

  it('speaks with the speaker that the voice is', async () => {
    expect(await said({ text: 'seven nine', voice: 'low' })).to.equal('seven nine');
    expect(await said({ text: 'seven nine', voice: 'high' }), 'an octave above').to.equal('is monday');
  });

  it('tells a text that it cannot speak, and speaks the next', async () => {
    const texts = ['blah blub', '42 €', '…', '你好', ''];
    expect(await Promise.all(texts.map((text) => codeOf(said({ text }))))).to.deep.equal(texts.map(() => 'text-to-speech/no-audio'));
    expect(await said({ text: 'no' })).to.equal('no');
  });

  it('refuses voices it does not have and texts that are too long', async () => {
    expect(await codeOf(said({ voice: 'other' }))).to.equal('text-to-speech/unknown-voice');
    expect(await codeOf(said({ text: 'yes '.repeat(600) }))).to.equal('text-to-speech/text-too-long');
  });

  it('gives the first sentence before the others are rendered, and nothing to one who stopped listening', async () => {
    const long = 'Where is my card? '.repeat(100).trim();
    const abort = new AbortController();
    let chunks = 0;
    for await (const { samples } of voice.synthesise({ ...request, text: long }, abort.signal)) {
      expect(samples).not.to.be.empty;
      chunks += 1;
      abort.abort();
    }
    expect(chunks).to.equal(1);
    expect(await said({ text: 'yes' })).to.equal('yes');
  });

  it('fails what it was saying when its process dies, tells the log, and speaks again', async () => {
    const saying = codeOf(said({ text: 'Where is my card? '.repeat(100) }));
    killEngines();
    expect(await saying).to.equal('text-to-speech/unavailable');
    await until(() => logger.lines.length > 0);
    expect(logger.lines).to.deep.equal([{ level: 'error', message: 'a synthesis process died', fields: { reason: 'SIGKILL' } }]);
    expect(await said({ text: 'yes' })).to.equal('yes');
  });
});

withSherpa('a voice of sherpa-onnx that was closed', () => {
  it('is unavailable, and started nothing before it was used', async () => {
    const room = new ModelRoom();
    writeVoice(room.directory);
    const voice = new SherpaTextToSpeech({ load: { voice: voiceConfig({ directory: room.directory, precision: 'int8', threads: 1 }, 'en-US') }, speed: 1, processes: 1, logger: silentLogger, voices: [{ name: 'low', language: 'en-US', speaker: 0 }] });
    expect(engineProcesses()).to.deep.equal([]);
    await voice.close();
    const failure = await voice.synthesise(request, never)[Symbol.asyncIterator]().next().then(() => null, (error: unknown) => error);
    expect(isPortError(failure) && failure.code).to.equal('text-to-speech/unavailable');
    room.remove();
  });
});
