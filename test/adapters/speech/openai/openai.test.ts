import { expect } from 'chai';
import { loadSpeexResamplers, type ResamplerFactory } from '../../../../src/adapters/dsp/speex-resampler.js';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { OpenAiRealtimeSpeechToText } from '../../../../src/adapters/speech/openai/openai-realtime-speech-to-text.js';
import { OpenAiTextToSpeech } from '../../../../src/adapters/speech/openai/openai-text-to-speech.js';
import { OpenAiUploadSpeechToText } from '../../../../src/adapters/speech/openai/openai-upload-speech-to-text.js';
import type { Clock } from '../../../../src/application/ports/clock.js';
import { isPortError } from '../../../../src/application/ports/port-error.js';
import type { SpeechToText } from '../../../../src/application/ports/speech-to-text.js';
import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { OPENAI_KEY, OpenAiServer } from '../../../support/servers/speech/openai-server.js';
import { CodedEar, codedSpeech } from '../../../support/speech/coded-speech.js';
import { VirtualClock } from '../../../support/virtual-clock.js';
import { loopbackEar, loopbackVoice } from '../loopback-harness.js';
import { speechToTextFaults, textToSpeechFaults } from '../provider-faults.js';

const systemClock = new SystemClock({ onFault: (error) => { throw error; } });
const never = new AbortController().signal;
let resampler: ResamplerFactory;
before(async () => { resampler = await loadSpeexResamplers(); });

const account = (server: OpenAiServer) => ({ apiKey: OPENAI_KEY, url: server.baseUrl, model: 'gpt-4o-transcribe', connectTimeoutMs: 1000 });
const realtimeAt = (server: OpenAiServer, clock: Clock = systemClock): SpeechToText => new OpenAiRealtimeSpeechToText({ ...account(server), clock, resampler });
const uploadAt = (server: OpenAiServer): SpeechToText => new OpenAiUploadSpeechToText({ ...account(server), model: 'whisper-1' });
const voiceAt = (server: OpenAiServer): OpenAiTextToSpeech => new OpenAiTextToSpeech({ ...account(server), model: 'gpt-4o-mini-tts', resampler });

for (const RATE of [8000, 16_000] as const) {
  speechToTextContract(`openai realtime at ${RATE} Hz`, { countsDrops: false, fails: true }, async () => {
    const server = await OpenAiServer.start();
    return loopbackEar(server, realtimeAt(server), RATE);
  });
}

speechToTextContract('openai by upload', { countsDrops: false, fails: false }, async () => {
  const server = await OpenAiServer.start();
  return loopbackEar(server, uploadAt(server));
});

speechToTextFaults('openai realtime', { quota: 'quota-exceeded' }, async () => {
  const server = await OpenAiServer.start();
  return { server, speechToText: realtimeAt(server) };
});

speechToTextFaults('openai by upload', { quota: 'quota-exceeded' }, async () => {
  const server = await OpenAiServer.start();
  return { server, speechToText: uploadAt(server) };
});

textToSpeechContract('openai', async () => {
  const server = await OpenAiServer.start();
  return loopbackVoice(server, voiceAt(server), 'alloy');
});

textToSpeechFaults('openai', { quota: 'quota-exceeded' }, async () => {
  const server = await OpenAiServer.start();
  return { server, textToSpeech: voiceAt(server), voice: 'alloy' };
});

describe('OpenAI', () => {
  let server: OpenAiServer;
  beforeEach(async () => { server = await OpenAiServer.start(); });
  afterEach(async () => { await server.stop(); });

  for (const [rate, format] of [[8000, { type: 'audio/pcmu' }], [16_000, { type: 'audio/pcm', rate: 24_000 }]] as const) {
    it(`opens a transcription session without turn detection, ${format.type} for ${rate} Hz`, async () => {
      const stream = await realtimeAt(server).open({ language: 'en-US', sampleRateHz: rate, phrases: ['IBAN'] }, never);
      stream.beginUtterance(0);
      stream.endUtterance();
      expect((await stream[Symbol.asyncIterator]().next()).value).to.deep.equal({ type: 'final', text: '', confidence: null });
      expect(server.sessions).to.deep.equal([{ type: 'transcription', audio: { input: { format, transcription: { model: 'gpt-4o-transcribe', language: 'en', prompt: 'IBAN' }, turn_detection: null } } }]);
      expect(server.visits[0]?.search).to.equal('?intent=transcription');
      await stream.close();
    });
  }

  for (const [error, code] of [[{ code: 'invalid_api_key' }, 'unauthorised'], [{ code: 'rate_limit_exceeded' }, 'rate-limited'], [{ type: 'invalid_request_error', code: 'bad' }, 'rejected'], [{ type: 'server_error' }, 'unavailable'], [{ code: 'session_expired' }, 'unavailable']] as const) {
    it(`calls an error event ${JSON.stringify(error)} ${code}`, async () => {
      server.commitError = error;
      const stream = await realtimeAt(server).open({ language: 'en-US', sampleRateHz: 8000 }, never);
      stream.beginUtterance(0);
      stream.endUtterance();
      const failure: unknown = await stream[Symbol.asyncIterator]().next().catch((thrown: unknown) => thrown);
      expect(isPortError(failure) && failure.code).to.equal(`speech-to-text/${code}`);
      await stream.close();
    });
  }

  it('begins an utterance on a fresh session long before the limit of an hour', async () => {
    const clock = new VirtualClock();
    const stream = await realtimeAt(server, clock).open({ language: 'en-US', sampleRateHz: 8000 }, never);
    const events = stream[Symbol.asyncIterator]();
    for (const sessions of [1, 1, 2]) {
      if (sessions === 2) clock.advance(31 * 60_000);
      stream.beginUtterance(0);
      stream.write(codedSpeech('yes', 8000));
      stream.endUtterance();
      let text = '';
      for (let next = await events.next(); next.done !== true; next = await events.next()) {
        text = next.value.text;
        if (next.value.type === 'final') break;
      }
      expect(text).to.equal('yes');
      expect(server.sessions).to.have.length(sessions);
    }
    await stream.close();
  });

  it('uploads each utterance as a WAV file at the rate of the line', async () => {
    const stream = await uploadAt(server).open({ language: 'en-US', sampleRateHz: 8000, phrases: ['IBAN', 'Visa'] }, never);
    stream.beginUtterance(0);
    stream.write(codedSpeech('no thanks', 8000));
    stream.endUtterance();
    expect((await stream[Symbol.asyncIterator]().next()).value).to.deep.equal({ type: 'final', text: 'no thanks', confidence: null });
    expect(server.requests).to.deep.equal([{ model: 'whisper-1', language: 'en', response_format: 'json', prompt: 'IBAN, Visa', sampleRateHz: 8000 }]);
    await stream.close();
  });

  it('speaks every word of the text once, resampled to the rate of the line', async () => {
    for (const sampleRateHz of [8000, 16_000] as const) {
      const ear = new CodedEar(sampleRateHz);
      for await (const { samples } of voiceAt(server).synthesise({ text: 'One, two, three: thanks again.', voice: 'alloy', language: 'en-US', sampleRateHz }, never)) ear.write(samples);
      expect(ear.end()).to.equal('one two three thanks again');
    }
    expect(server.requests[0]).to.deep.equal({ model: 'gpt-4o-mini-tts', voice: 'alloy', input: 'One, two, three: thanks again.', response_format: 'pcm' });
  });
});
