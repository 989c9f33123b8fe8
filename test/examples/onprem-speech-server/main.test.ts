import { credentials, Metadata, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { AudioEncoding } from '../../../src/adapters/grpc/generated/voicegateway/speech/v1/audio.js';
import { type DetectRequest, type DetectResponse, VoiceActivityClient } from '../../../src/adapters/grpc/generated/voicegateway/speech/v1/voice_activity.js';
import { loadSpeexResamplers } from '../../../src/adapters/dsp/speex-resampler.js';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import { onprem } from '../../../src/adapters/speech/onprem/provider.js';
import { CloseStack } from '../../../src/application/lifecycle/close-stack.js';
import type { SpeechToText } from '../../../src/application/ports/speech-to-text.js';
import type { SpeechChunk, TextToSpeech } from '../../../src/application/ports/text-to-speech.js';
import { finalText, telephoneAudio, utter } from '../../adapters/speech/telephone-audio.js';
import { ChildProgram } from '../../support/servers/child-program.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';

const PROGRAM = ['--import', 'tsx', 'examples/onprem-speech-server/main.ts'];
const TOKEN = 'example-token';
const GRAMMAR = '#JSGF V1.0; grammar g; public <line> = stop | where is my card;';
const RATE = 8000;
const never = new AbortController().signal;

describe('the on-premise speech server', () => {
  let server: ChildProgram;
  let url: string;
  let speechToText: SpeechToText;
  let textToSpeech: TextToSpeech;

  before(async () => {
    server = await ChildProgram.start({
      name: 'onprem-speech-server', args: [...PROGRAM, '--port', '0'], env: { SPEECH_TOKEN: TOKEN }, readyTimeoutMs: 30_000, ready: (output) => output.includes('listening on'),
    });
    url = /listening on (\S+)/u.exec(server.output)?.[1] ?? '';
    const resampler = await loadSpeexResamplers();
    const ports = { clock: new SystemClock({ onFault: (error) => { throw error; } }), logger: silentLogger, resampler, owned: new CloseStack() };
    const settings = { ...defaults(), url, token: TOKEN, voices: 'rms=en-US, slt=en-US', wordTimes: 'true', grammars: 'true' };
    if (onprem.speechToText === null || onprem.textToSpeech === null) throw new Error('onprem must do both');
    speechToText = onprem.speechToText(settings, ports);
    textToSpeech = onprem.textToSpeech(settings, ports);
    // The one connection of each stays open for all tests.
    for await (const chunk of textToSpeech.synthesise({ text: 'hello', voice: 'rms', language: 'en-US', sampleRateHz: RATE }, never)) expect(chunk.samples).not.to.be.empty;
    await (await speechToText.open({ language: 'en-US', sampleRateHz: RATE, grammar: GRAMMAR }, never)).close();
  });
  after(async () => { await server.stop(); });

  it('speaks a sentence, with its words, that it recognises itself', async () => {
    const audio = await telephoneAudio(textToSpeech, 'where is my card', 'rms');
    const stream = await speechToText.open({ language: 'en-US', sampleRateHz: RATE, grammar: GRAMMAR }, never);
    expect(finalText(await utter(stream, audio))).to.equal('where is my card');
    expect(finalText(await utter(stream, await telephoneAudio(textToSpeech, 'stop', 'rms')))).to.equal('stop');
    await stream.close();
    const chunks: SpeechChunk[] = [];
    for await (const chunk of textToSpeech.synthesise({ text: 'where is my card', voice: 'slt', language: 'en-US', sampleRateHz: 16_000 }, never)) chunks.push(chunk);
    expect(chunks.flatMap(({ words }) => words ?? []).map(({ text }) => text)).to.deep.equal(['where', 'is', 'my', 'card']);
  });

  it('says what is wrong with a voice and with a grammar', async () => {
    const codeOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'none', (error: unknown) => (error as { code: unknown }).code);
    expect(await codeOf(textToSpeech.synthesise({ text: 'hello', voice: 'nobody', language: 'en-US', sampleRateHz: RATE }, never)[Symbol.asyncIterator]().next())).to.equal('text-to-speech/rejected');
    const stream = await speechToText.open({ language: 'en-US', sampleRateHz: RATE, grammar: 'this is none' }, never);
    stream.beginUtterance(0);
    expect(await codeOf(stream[Symbol.asyncIterator]().next())).to.equal('speech-to-text/rejected');
    await stream.close();
  });

  it('tells where a voice begins and ends', async () => {
    const audio = await telephoneAudio(textToSpeech, 'where is my card', 'rms');
    const lengthMs = (audio.length * 1000) / RATE;
    const told = await detect(url, TOKEN, audio);
    const [started, ended] = told.flatMap(({ response }) => (response === undefined || response.$case === 'heard' ? [] : [response]));
    expect(started?.$case).to.equal('started');
    expect(started?.value.atMs).to.be.within(240, 480); // 300 ms of silence come first
    expect(ended?.$case).to.equal('ended');
    expect(ended?.value.atMs).to.be.within(800, lengthMs - 200);
    const heardMs = told.flatMap(({ response }) => (response?.$case === 'heard' ? [response.value.untilMs] : []));
    expect(heardMs.every((untilMs, index) => untilMs - (heardMs[index - 1] ?? 0) <= 200), 'tells how far it has heard').to.equal(true);
    expect(lengthMs - (heardMs.at(-1) ?? 0)).to.be.at.most(200);
  });

  it('lets in nobody with another token', async () => {
    const refused = await detect(url, 'guessed', new Int16Array(RATE)).then(() => null, (error: unknown) => (error as { code: unknown }).code);
    expect(refused).to.equal(status.UNAUTHENTICATED);
  });

  it('ends on SIGTERM', async () => {
    server.signal('SIGTERM');
    expect(await server.ended(10_000)).to.equal(0);
  });
});

function defaults() {
  const values = Object.entries(onprem.settings).map(([name, { default: value }]) => [name, value ?? '']);
  return Object.fromEntries(values) as Parameters<NonNullable<typeof onprem.speechToText>>[0];
}

/** All changes that the server tells of this audio. */
async function detect(url: string, token: string, audio: Int16Array): Promise<readonly DetectResponse[]> {
  const client = new VoiceActivityClient(url.replace('grpc://', ''), credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  const call = client.detect(metadata);
  const changes: DetectResponse[] = [];
  const format = { encoding: AudioEncoding.AUDIO_ENCODING_LINEAR16, sampleRateHz: RATE };
  const send = (request: DetectRequest['request']): void => { call.write({ request }); };
  try {
    send({ $case: 'config', value: { format, voiceMsMin: 60, silenceMsMin: 200 } });
    for (let at = 0; at < audio.length; at += 160) send({ $case: 'audio', value: { format, content: Buffer.from(audio.slice(at, at + 160).buffer) } });
    call.end();
    for await (const change of call as AsyncIterable<DetectResponse>) changes.push(change);
  } finally {
    call.cancel();
    client.close();
  }
  return changes;
}
