import { expect } from 'chai';
import { GoogleSpeechToText } from '../../../../src/adapters/speech/google/google-speech-to-text.js';
import { GoogleTextToSpeech } from '../../../../src/adapters/speech/google/google-text-to-speech.js';
import { GoogleServer } from '../../../support/servers/speech/google-server.js';
import { aText, codedSpeech } from '../../../support/speech/coded-speech.js';
import { recogniseOnce, speakOnce } from '../../../support/speech/provider-outcome.js';
import { until } from '../../../support/until.js';
import { speechToTextFaults, textToSpeechFaults } from '../provider-faults.js';

const never = new AbortController().signal;
const TEXT = 'where is my card please';
const STREAMING = 'en-US-Chirp3-HD-Aoede';
const WHOLE = 'en-US-Neural2-C';
const accountAt = (server: GoogleServer) => ({ credentials: '{}', endpoint: server.endpoint, insecure: true });
const recogniserAt = (server: GoogleServer, streamLimitMs: number): GoogleSpeechToText => new GoogleSpeechToText({ ...accountAt(server), model: 'telephony', streamLimitMs });
const voicesAt = (server: GoogleServer, timeoutMs: number): GoogleTextToSpeech => new GoogleTextToSpeech({ ...accountAt(server), timeoutMs });

speechToTextFaults('google', { 504: 'timeout', quota: 'complete' }, async () => {
  const server = await GoogleServer.start();
  return { server, speechToText: recogniserAt(server, 290_000), isIdle: () => server.open === 0 };
});
// A voice that streams tells no words: nobody can know that it closed in the middle of one.
for (const [voice, own] of [[STREAMING, { 'close-in-word': 'complete' }], [WHOLE, { 'close-in-word': 'truncated' }]] as const) {
  textToSpeechFaults(`google, ${voice}`, { 504: 'timeout', ...own }, async () => {
    const server = await GoogleServer.start();
    return { server, textToSpeech: voicesAt(server, 5000), voice, isWhole: voice === WHOLE, isIdle: () => server.open === 0 };
  });
}

describe('Google when it fails', () => {
  let server: GoogleServer;
  const account = () => accountAt(server);
  const recogniser = (streamLimitMs = 290_000): GoogleSpeechToText => recogniserAt(server, streamLimitMs);
  const voices = (timeoutMs = 5000): GoogleTextToSpeech => voicesAt(server, timeoutMs);
  beforeEach(async () => { server = await GoogleServer.start(); });
  afterEach(async () => { await server.stop(); });

  it('tells what it heard before the connection broke', async () => {
    server.fault = { kind: 'break-in-word', words: 3 };
    expect(await speakOnce(voices(), { text: TEXT, voice: STREAMING, language: 'en-US' })).to.include({ text: 'where is my', kind: 'unavailable' });
  });

  it('gives up a voice that does not stream at its deadline', async () => {
    server.fault = { kind: 'hang' };
    expect((await speakOnce(voices(50), { text: TEXT, voice: WHOLE, language: 'en-US' })).ending).to.equal('text-to-speech/timeout');
  });

  it('loses no word when an utterance is longer than a stream may be', async () => {
    server.limitMs = 1000;
    const heard = await recogniseOnce(recogniser(1000), aText(24));
    expect(heard).to.include({ ending: 'complete', text: aText(24) });
    expect(server.configs.length).to.be.within(6, 9);
  });

  it('is broken by the limit when it does not heed it', async () => {
    server.limitMs = 1000;
    expect((await recogniseOnce(recogniser(), aText(24))).ending).to.equal('speech-to-text/unavailable');
  });

  it('tells Google the rate, the language, the model and the phrases', async () => {
    const stream = await recogniser().open({ language: 'de-DE', sampleRateHz: 16_000, phrases: ['Girokonto'] }, never);
    stream.beginUtterance(0);
    stream.write(codedSpeech('yes', 16_000));
    stream.endUtterance();
    for await (const { type } of stream) if (type === 'final') break;
    await stream.close();
    const config = server.configs[0]?.streamingConfig;
    expect(config?.interimResults).to.equal(true);
    expect(config?.config).to.include({ sampleRateHertz: 16_000, languageCode: 'de-DE', model: 'telephony' });
    expect(config?.config?.speechContexts?.[0]?.phrases).to.deep.equal(['Girokonto']);
  });

  it('fails when the connection breaks between the end of the utterance and its final', async () => {
    server.fault = { kind: 'slow', delayMs: 5000 };
    const outcome = recogniseOnce(recogniser(), 'yes');
    await until(() => server.ended === 1);
    server.breakAll();
    expect((await outcome).ending).to.equal('speech-to-text/unavailable');
  });

  it('answers an utterance without audio without asking', async () => {
    const stream = await recogniser().open({ language: 'en-US', sampleRateHz: 8000 }, never);
    stream.beginUtterance(0);
    stream.endUtterance();
    expect((await stream[Symbol.asyncIterator]().next()).value).to.deep.equal({ type: 'final', text: '', confidence: null });
    await stream.close();
  });

  it('sends much audio before the onset in messages of the size that Google takes', async () => {
    const stream = await recogniser().open({ language: 'en-US', sampleRateHz: 16_000 }, never);
    stream.write(codedSpeech(aText(12), 16_000));
    stream.beginUtterance(3000);
    stream.endUtterance();
    for await (const event of stream) if (event.type === 'final') { expect(event.text).to.equal(aText(12)); break; }
    await stream.close();
  });

  it('knows when the words of a voice with marks begin', async () => {
    const { chunks } = await speakOnce(voices(), { text: 'Yes, my "bank" is <where>?', voice: WHOLE, language: 'en-US' });
    expect(chunks.flatMap(({ words }) => words ?? [])).to.deep.equal(['Yes,', 'my', '"bank"', 'is', '<where>?'].map((text, index) => ({ text, startMs: index * 240, endMs: (index + 1) * 240 })));
  });

  it('takes a further connection before the first one is full', async () => {
    server.fault = { kind: 'hang' };
    const port = recogniser();
    const streams = await Promise.all(Array.from({ length: 130 }, () => port.open({ language: 'en-US', sampleRateHz: 8000 }, new AbortController().signal)));
    for (const stream of streams) {
      stream.beginUtterance(0);
      stream.write(codedSpeech('yes', 8000));
    }
    await until(() => server.open === 130);
    expect(server.connections).to.equal(2);
    await Promise.all(streams.map((stream) => stream.close()));
    await until(() => server.open === 0 && server.connections === 1);
  });

  it('frees everything when it is closed or aborted in the middle', async () => {
    server.fault = { kind: 'hang' };
    const abort = new AbortController();
    const stream = await recogniser().open({ language: 'en-US', sampleRateHz: 8000 }, abort.signal);
    stream.beginUtterance(0);
    stream.write(codedSpeech('yes', 8000));
    const said = Promise.all([STREAMING, WHOLE].map(async (voice) => {
      let samples = 0;
      for await (const chunk of voices().synthesise({ text: TEXT, voice, language: 'en-US', sampleRateHz: 8000 }, abort.signal)) samples += chunk.samples.length;
      return samples;
    }));
    await until(() => server.open === 3);
    abort.abort();
    expect(await said).to.deep.equal([0, 0]);
    await until(() => server.open === 0);
  });

  it('refuses credentials that are none, without telling them', async () => {
    for (const credentials of ['{"client_email":"me"}', '{secret', '/nowhere/key.json']) {
      const outcome = await new GoogleSpeechToText({ ...account(), credentials, insecure: false, model: 'telephony', streamLimitMs: 1000 })
        .open({ language: 'en-US', sampleRateHz: 8000 }, never).then(() => null, (error: unknown) => error);
      expect(outcome).to.include({ code: 'speech-to-text/unauthorised', kind: 'rejected' });
      expect(String(outcome)).not.to.contain('secret');
    }
  });
});
