import { expect } from 'chai';
import { HealthCheckResponse_ServingStatus as Serving } from '../../../../src/adapters/grpc/generated/grpc/health/v1/health.js';
import { isPortError } from '../../../../src/application/ports/port-error.js';
import { OnpremServer } from '../../../support/servers/speech/onprem-server.js';
import { codedSpeech } from '../../../support/speech/coded-speech.js';
import { recogniseOnce, speakOnce } from '../../../support/speech/provider-outcome.js';
import { until } from '../../../support/until.js';
import { speechToTextFaults, textToSpeechFaults } from '../provider-faults.js';
import { recogniser, settingsOf, VOICE, voices } from './onprem-world.js';

const never = new AbortController().signal;
const TEXT = 'where is my card please';
speechToTextFaults('onprem', { 504: 'timeout', quota: 'complete' }, async () => {
  const server = await OnpremServer.start();
  return { server, speechToText: recogniser(settingsOf(server)), isIdle: () => server.open === 0 };
});
textToSpeechFaults('onprem', { 504: 'timeout' }, async () => {
  const server = await OnpremServer.start();
  return { server, textToSpeech: voices(settingsOf(server)), voice: VOICE, isIdle: () => server.open === 0 };
});

describe('a speech server of one\'s own when it fails', () => {
  let server: OnpremServer;
  const request = { text: TEXT, voice: VOICE, language: 'en-US' } as const;
  beforeEach(async () => { server = await OnpremServer.start(); });
  afterEach(async () => { await server.stop(); });

  it('tells what it heard and gives what was said before the break', async () => {
    server.fault = { kind: 'break-in-word', words: 3 };
    expect((await recogniseOnce(recogniser(settingsOf(server)), TEXT)).text).to.equal('where is my');
    expect((await speakOnce(voices(settingsOf(server)), request)).text).to.equal('where is my');
  });

  it('says how long to wait where the server does', async () => {
    server.fault = { kind: 'status', status: 429, retryAfterS: 7 };
    const failure = await voices(settingsOf(server)).synthesise({ ...request, sampleRateHz: 8000 }, never).next().then(() => null, (error: unknown) => error);
    expect(isPortError(failure) && failure.retryAfterMs).to.equal(7000);
  });

  it('is timed out by its own clock when a server hangs', async () => {
    server.fault = { kind: 'hang' };
    expect((await recogniseOnce(recogniser(settingsOf(server), 100), TEXT)).ending).to.equal('speech-to-text/timeout');
    expect((await speakOnce(voices(settingsOf(server), 100), request)).ending).to.equal('text-to-speech/timeout');
  });

  it('is timed out when the final or the rest of the speech does not come', async () => {
    server.fault = { kind: 'half', words: 2 };
    expect((await recogniseOnce(recogniser(settingsOf(server), 150), TEXT)).ending).to.equal('speech-to-text/timeout');
    expect((await speakOnce(voices(settingsOf(server), 100), request)).ending).to.equal('text-to-speech/timeout');
  });

  it('does not use a server that says that it does not serve', async () => {
    server.serving = Serving.NOT_SERVING;
    expect((await recogniseOnce(recogniser(settingsOf(server)), TEXT)).ending).to.equal('speech-to-text/unavailable');
    expect((await speakOnce(voices(settingsOf(server)), request)).ending).to.equal('text-to-speech/unavailable');
    expect(server.checks).to.deep.equal(['voicegateway.speech.v1.Recognition', 'voicegateway.speech.v1.Synthesis']);
  });

  it('is refused with the wrong token', async () => {
    const wrong = settingsOf(server, { token: 'guessed' });
    expect((await recogniseOnce(recogniser(wrong), TEXT)).ending).to.equal('speech-to-text/unauthorised');
    expect((await speakOnce(voices(wrong), request)).ending).to.equal('text-to-speech/unauthorised');
  });

  it('opens one stream for a call, and another when it was lost between utterances', async () => {
    const speechToText = recogniser(settingsOf(server));
    const options = { language: 'en-US', sampleRateHz: 8000, phrases: ['card'] } as const;
    const stream = await speechToText.open(options, never);
    const events = stream[Symbol.asyncIterator]();
    const say = async (text: string): Promise<string> => {
      stream.beginUtterance(0);
      stream.write(codedSpeech(text, 8000));
      stream.endUtterance();
      for (;;) {
        const next = await events.next();
        if (next.done === true) return 'nothing more';
        if (next.value.type === 'final') return next.value.text;
      }
    };
    expect([await say('yes please'), await say('my card')]).to.deep.equal(['yes please', 'my card']);
    expect(server.configs.map(({ phrases }) => phrases)).to.deep.equal([['card']]);
    const witness = await speechToText.open(options, never); // of the same connection, with an utterance to lose
    witness.beginUtterance(0);
    const lost = witness[Symbol.asyncIterator]().next().then(() => null, (error: unknown) => error);
    await until(() => server.configs.length === 2);
    server.breakAll();
    expect(isPortError(await lost)).to.equal(true);
    await new Promise((resolve) => { setImmediate(resolve); }); // both hear of it in the same turn
    expect(await say('hello again')).to.equal('hello again');
    expect(server.configs).to.have.length(3);
    await witness.close();
    await stream.close();
  });

  it('does not wait for ever for the end of a speech that is done', async () => {
    server.endsSpeech = false;
    const { ending, text } = await speakOnce(voices(settingsOf(server)), request);
    expect([ending, text]).to.deep.equal(['complete', TEXT]);
    await until(() => server.open === 0);
  });

  it('tells the words of a speech with their times', async () => {
    const { chunks, text } = await speakOnce(voices(settingsOf(server)), request);
    expect(text).to.equal(TEXT);
    expect(chunks.flatMap(({ words }) => words ?? []).map((word) => [word.text, word.startMs])).to.deep.equal([['where', 0], ['is', 240], ['my', 480], ['card', 720], ['please', 960]]);
  });
});
