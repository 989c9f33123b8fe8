import { expect } from 'chai';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { ElevenLabsSpeechToText } from '../../../../src/adapters/speech/elevenlabs/elevenlabs-speech-to-text.js';
import { ElevenLabsTextToSpeech } from '../../../../src/adapters/speech/elevenlabs/elevenlabs-text-to-speech.js';
import { isPortError } from '../../../../src/application/ports/port-error.js';
import type { SpeechChunk } from '../../../../src/application/ports/text-to-speech.js';
import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { ELEVENLABS_KEY, ElevenLabsServer } from '../../../support/servers/speech/elevenlabs-server.js';
import { CODED_WORD_MS, CodedEar, codedSpeech } from '../../../support/speech/coded-speech.js';
import { VirtualClock } from '../../../support/virtual-clock.js';
import { loopbackEar, loopbackVoice } from '../loopback-harness.js';
import { speechToTextFaults, textToSpeechFaults } from '../provider-faults.js';

const clock = new SystemClock({ onFault: (error) => { throw error; } });
const RATE = 8000;
const VOICE = '21m00Tcm4TlvDq8ikWAM';
const never = new AbortController().signal;
const earsAt = (server: ElevenLabsServer): ElevenLabsSpeechToText => new ElevenLabsSpeechToText({ apiKey: ELEVENLABS_KEY, url: server.url, model: 'scribe_v2_realtime', connectTimeoutMs: 1000 });
const voiceAt = (server: ElevenLabsServer, idleMs = 0): ElevenLabsTextToSpeech => new ElevenLabsTextToSpeech({
  apiKey: ELEVENLABS_KEY, url: server.url, model: 'eleven_flash_v2_5', connectTimeoutMs: 1000, idleMs, clock,
});
const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

speechToTextContract('elevenlabs', { countsDrops: false, fails: true }, async () => {
  const server = await ElevenLabsServer.start();
  return loopbackEar(server, earsAt(server));
});

speechToTextFaults('elevenlabs', { quota: 'quota-exceeded' }, async () => {
  const server = await ElevenLabsServer.start();
  return { server, speechToText: earsAt(server) };
});

textToSpeechContract('elevenlabs', async () => {
  const server = await ElevenLabsServer.start();
  return loopbackVoice(server, voiceAt(server), VOICE);
});

textToSpeechFaults('elevenlabs', { quota: 'no-audio' }, async () => {
  const server = await ElevenLabsServer.start();
  return { server, textToSpeech: voiceAt(server), voice: VOICE };
});

describe('ElevenLabs', () => {
  let server: ElevenLabsServer;
  const request = { text: 'Hello, where is my card?', voice: VOICE, language: 'en-US', sampleRateHz: RATE } as const;
  const chunksOf = async (voice: ElevenLabsTextToSpeech, wish = request): Promise<readonly SpeechChunk[]> => {
    const chunks: SpeechChunk[] = [];
    for await (const chunk of voice.synthesise(wish, never)) chunks.push(chunk);
    return chunks;
  };
  beforeEach(async () => { server = await ElevenLabsServer.start(); });
  afterEach(async () => { await server.stop(); });

  it('asks for µ-law at 8 kHz and for PCM at 16 kHz', async () => {
    await chunksOf(voiceAt(server));
    await chunksOf(voiceAt(server), { ...request, sampleRateHz: 16_000 } as never);
    expect(server.visits.map(({ searchParams }) => searchParams.get('output_format'))).to.deep.equal(['ulaw_8000', 'pcm_16000']);
    expect(server.visits[0]?.searchParams.get('language_code')).to.equal('en');
  });

  it('tells every word once, with its time, together with the audio it begins in', async () => {
    const chunks = await chunksOf(voiceAt(server));
    const words = chunks.flatMap((chunk) => chunk.words ?? []);
    expect(words.map(({ text }) => text)).to.deep.equal(['Hello,', 'where', 'is', 'my', 'card?']);
    words.forEach(({ startMs, endMs }, index) => {
      expect(startMs).to.be.closeTo(index * CODED_WORD_MS, 1);
      expect(endMs).to.be.closeTo(index * CODED_WORD_MS + 160, 1);
    });
    let untilMs = 0;
    for (const chunk of chunks) {
      const beganMs = untilMs;
      untilMs += (chunk.samples.length * 1000) / RATE;
      for (const { startMs, endMs } of chunk.words ?? []) {
        expect(startMs).to.be.at.least(beganMs - 1);
        expect(endMs).to.be.at.most(untilMs + 1);
      }
    }
    const ear = new CodedEar(RATE);
    for (const { samples } of chunks) ear.write(samples);
    expect(ear.end()).to.equal('hello where is my card');
  });

  it('speaks all sentences of a voice on one socket, and closes it when nobody spoke for a while', async () => {
    const time = new VirtualClock();
    const voice = new ElevenLabsTextToSpeech({ apiKey: ELEVENLABS_KEY, url: server.url, model: 'eleven_flash_v2_5', connectTimeoutMs: 1000, idleMs: 8000, clock: time });
    await chunksOf(voice);
    await Promise.all([chunksOf(voice), chunksOf(voice)]);
    expect(server.visits).to.have.length(1);
    time.advance(7999);
    await chunksOf(voice);
    expect(server.visits).to.have.length(1);
    time.advance(8000);
    while (server.connections > 0) await turn();
    expect(server.received.at(-1)).to.equal('close_socket');
    await chunksOf(voice);
    expect(server.visits).to.have.length(2);
    time.advance(8000);
    while (server.connections > 0) await turn();
  });

  it('opens a second socket for more syntheses at one time than one may carry', async () => {
    const voice = voiceAt(server);
    const all = await Promise.all(Array.from({ length: 7 }, () => chunksOf(voice)));
    expect(server.visits).to.have.length(2);
    expect(new Set(all.map((chunks) => chunks.reduce((sum, { samples }) => sum + samples.length, 0)))).to.have.property('size', 1);
  });

  it('does not begin on a socket that let the synthesis before it hang', async () => {
    const voice = voiceAt(server, 60_000);
    server.fault = { kind: 'hang' };
    const abort = new AbortController();
    const hung = voice.synthesise(request, abort.signal).next();
    while (server.connections === 0) await turn();
    abort.abort();
    expect((await hung).done).to.equal(true);
    server.fault = { kind: 'quota' }; // answers, so that its socket is not kept either way
    expect(await chunksOf(voice).catch((error: unknown) => isPortError(error) && error.code)).to.equal('text-to-speech/no-audio');
    expect(server.visits).to.have.length(2);
    server.breakAll();
    while (server.connections > 0) await turn();
  });

  for (const [type, code] of [['auth_error', 'unauthorised'], ['rate_limited', 'rate-limited'], ['input_error', 'rejected'], ['transcriber_error', 'unavailable'], ['session_time_limit_exceeded', 'unavailable']] as const) {
    it(`calls ${type} of the recogniser ${code}`, async () => {
      server.commitError = type;
      const stream = await earsAt(server).open({ language: 'en-US', sampleRateHz: RATE }, never);
      stream.beginUtterance(0);
      stream.endUtterance();
      const failure: unknown = await stream[Symbol.asyncIterator]().next().catch((error: unknown) => error);
      expect(isPortError(failure) && failure.code).to.equal(`speech-to-text/${code}`);
      await stream.close();
    });
  }

  it('answers two utterances in a row in their order, though the first was not answered when the second began', async () => {
    server.fault = { kind: 'slow', delayMs: 40 };
    const stream = await earsAt(server).open({ language: 'en-US', sampleRateHz: RATE }, never);
    for (const text of ['yes', 'no thanks']) {
      stream.beginUtterance(0);
      stream.write(codedSpeech(text, RATE));
      stream.endUtterance();
    }
    const finals: string[] = [];
    for await (const event of stream) {
      if (event.type === 'final') finals.push(event.text);
      if (finals.length === 2) break;
    }
    expect(finals).to.deep.equal(['yes', 'no thanks']);
    await stream.close();
  });
});
