import { expect } from 'chai';
import { AwsSpeechToText } from '../../../../src/adapters/speech/aws/aws-speech-to-text.js';
import { AwsTextToSpeech } from '../../../../src/adapters/speech/aws/aws-text-to-speech.js';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { AWS_KEY, AwsServer } from '../../../support/servers/speech/aws-server.js';
import { aText, codedSpeech } from '../../../support/speech/coded-speech.js';
import { recogniseOnce, speakOnce } from '../../../support/speech/provider-outcome.js';
import { until } from '../../../support/until.js';
import { speechToTextFaults, textToSpeechFaults } from '../provider-faults.js';

const clock = new SystemClock({ onFault: (error) => { throw error; } });
const never = new AbortController().signal;
const TEXT = 'where is my card please';
const REQUEST = { text: TEXT, voice: 'Joanna', language: 'en-US' };
const ACCOUNT = { accessKeyId: AWS_KEY, secretAccessKey: 'loopback-secret', region: 'eu-central-1' };
const recogniserAt = (server: AwsServer, accessKeyId: string): AwsSpeechToText => new AwsSpeechToText({ ...ACCOUNT, accessKeyId, endpoint: server.transcribeEndpoint, vocabulary: 'bank-words' });
const voicesAt = (server: AwsServer, accessKeyId: string, timeoutMs: number): AwsTextToSpeech => new AwsTextToSpeech({ ...ACCOUNT, accessKeyId, endpoint: server.pollyEndpoint, engine: 'neural', timeoutMs, clock });

speechToTextFaults('aws', { quota: 'complete' }, async () => {
  const server = await AwsServer.start();
  return { server, speechToText: recogniserAt(server, AWS_KEY), isIdle: () => server.open === 0 && server.connections === 0 };
});
textToSpeechFaults('aws', { 'close-in-word': 'truncated' }, async () => {
  const server = await AwsServer.start();
  return { server, textToSpeech: voicesAt(server, AWS_KEY, 5000), voice: REQUEST.voice, isIdle: () => server.open === 0 };
});

describe('AWS when it fails', () => {
  let server: AwsServer;
  const recogniser = (accessKeyId = AWS_KEY): AwsSpeechToText => recogniserAt(server, accessKeyId);
  const voices = (accessKeyId = AWS_KEY, timeoutMs = 5000): AwsTextToSpeech => voicesAt(server, accessKeyId, timeoutMs);
  beforeEach(async () => { server = await AwsServer.start(); });
  afterEach(async () => { await server.stop(); });

  for (const [status, ending] of [[400, 'rejected'], [429, 'rate-limited'], [503, 'unavailable']] as const) {
    it(`knows an error that comes as an event of the stream: ${ending}`, async () => {
      server.fault = { kind: 'status', status };
      server.lateErrors = true;
      expect((await recogniseOnce(recogniser(), TEXT)).ending).to.equal(`speech-to-text/${ending}`);
    });
  }

  it('is told that a key is wrong', async () => {
    expect(await recogniseOnce(recogniser('AKIDOTHER'), TEXT)).to.include({ ending: 'speech-to-text/unauthorised', kind: 'rejected' });
    expect(await speakOnce(voices('AKIDOTHER'), REQUEST)).to.include({ ending: 'text-to-speech/unauthorised', kind: 'rejected' });
  });

  it('asks once: whether it is tried again is decided elsewhere', async () => {
    server.fault = { kind: 'status', status: 503 };
    await recogniseOnce(recogniser(), TEXT);
    await speakOnce(voices(), REQUEST);
    expect([server.transcriptions.length, server.syntheses.filter(({ OutputFormat: format }) => format === 'pcm').length]).to.deep.equal([1, 1]);
  });

  it('gives up a voice at its deadline', async () => {
    server.fault = { kind: 'hang' };
    expect((await speakOnce(voices(AWS_KEY, 50), REQUEST)).ending).to.equal('text-to-speech/timeout');
  });

  it('tells when each word begins, and the last one with the end of the audio', async () => {
    const { chunks, text } = await speakOnce(voices(), { ...REQUEST, text: 'Yes, my "bank" is where?' });
    expect(text).to.equal('yes my bank is where');
    expect(chunks.flatMap(({ words }) => words ?? [])).to.deep.equal(['Yes', 'my', 'bank', 'is', 'where'].map((word, index) => ({ text: word, startMs: index * 240, endMs: (index + 1) * 240 })));
    let fromMs = 0;
    for (const { samples, words } of chunks) {
      const toMs = fromMs + samples.length / 8;
      for (const { startMs } of words ?? []) expect(startMs).to.be.within(fromMs, toMs);
      fromMs = toMs;
    }
  });

  for (const marks of ['refused', 'hang'] as const) {
    it(`speaks without word times when they are not to be had: ${marks}`, async () => {
      server.marks = marks;
      const { chunks, ...outcome } = await speakOnce(voices(), REQUEST);
      expect(outcome).to.include({ ending: 'complete', text: TEXT });
      expect(chunks.some(({ words }) => words !== undefined)).to.equal(false);
      await until(() => server.open === 0);
    });
  }

  it('tells Transcribe the rate, the language and the vocabulary', async () => {
    const stream = await recogniser().open({ language: 'de', sampleRateHz: 16_000 }, never);
    stream.write(codedSpeech(aText(12), 16_000)); // more before the onset than one event may hold
    stream.beginUtterance(3000);
    stream.endUtterance();
    for await (const event of stream) {
      if (event.type !== 'final') continue;
      expect(event.text).to.equal(aText(12));
      expect(event.confidence).to.be.closeTo(0.93, 0.001);
      break;
    }
    await stream.close();
    expect(server.transcriptions[0]).to.include({ 'x-amzn-transcribe-language-code': 'de-DE', 'x-amzn-transcribe-sample-rate': '16000', 'x-amzn-transcribe-media-encoding': 'pcm', 'x-amzn-transcribe-vocabulary-name': 'bank-words' });
  });

  it('fails when the connection breaks between the end of the utterance and its final', async () => {
    server.fault = { kind: 'slow', delayMs: 5000 };
    const outcome = recogniseOnce(recogniser(), 'yes');
    await until(() => server.ended === 1);
    server.breakAll();
    expect((await outcome).ending).to.equal('speech-to-text/unavailable');
  });

  it('answers an utterance without audio', async () => {
    const stream = await recogniser().open({ language: 'en-US', sampleRateHz: 8000 }, never);
    stream.beginUtterance(0);
    stream.endUtterance();
    expect((await stream[Symbol.asyncIterator]().next()).value).to.deep.equal({ type: 'final', text: '', confidence: null });
    await stream.close();
  });

  it('obeys no shared settings of this machine', async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_REGION: 'mars-1', AWS_ACCESS_KEY_ID: 'AKIDOTHER', AWS_SECRET_ACCESS_KEY: 'other', AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: 'many', AWS_USE_FIPS_ENDPOINT: 'true', AWS_RETRY_MODE: 'none',
    });
    try {
      expect((await recogniseOnce(recogniser(), TEXT)).text).to.equal(TEXT);
      expect((await speakOnce(voices(), REQUEST)).text).to.equal(TEXT);
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, before);
    }
    expect(server.transcriptions[0]?.authorization).to.contain('/eu-central-1/transcribe/');
  });

  it('frees everything when it is aborted in the middle', async () => {
    server.fault = { kind: 'hang' };
    const abort = new AbortController();
    const stream = await recogniser().open({ language: 'en-US', sampleRateHz: 8000 }, abort.signal);
    stream.beginUtterance(0);
    stream.write(codedSpeech('yes', 8000));
    const said = (async () => {
      let samples = 0;
      for await (const chunk of voices().synthesise({ ...REQUEST, sampleRateHz: 8000 }, abort.signal)) samples += chunk.samples.length;
      return samples;
    })();
    await until(() => server.open === 3);
    abort.abort();
    expect(await said).to.equal(0);
    await until(() => server.open === 0);
  });
});
