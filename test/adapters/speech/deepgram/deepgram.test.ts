import { expect } from 'chai';
import { DeepgramSpeechToText } from '../../../../src/adapters/speech/deepgram/deepgram-speech-to-text.js';
import { DeepgramTextToSpeech } from '../../../../src/adapters/speech/deepgram/deepgram-text-to-speech.js';
import { FluxSpeechToText } from '../../../../src/adapters/speech/deepgram/flux-speech-to-text.js';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import type { Clock } from '../../../../src/application/ports/clock.js';
import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { DEEPGRAM_KEY, DeepgramServer } from '../../../support/servers/speech/deepgram-server.js';
import { VirtualClock } from '../../../support/virtual-clock.js';
import { loopbackEar, loopbackVoice } from '../loopback-harness.js';
import { speechToTextFaults, textToSpeechFaults } from '../provider-faults.js';
import { codedSpeech } from '../../../support/speech/coded-speech.js';

const clock = new SystemClock({ onFault: (error) => { throw error; } });
const RATE = 8000;
const settings = (server: DeepgramServer) => ({ apiKey: DEEPGRAM_KEY, url: server.url, model: 'nova-3', connectTimeoutMs: 1000, clock });

speechToTextContract('deepgram', { countsDrops: false, fails: true }, async () => {
  const server = await DeepgramServer.start();
  return loopbackEar(server, new DeepgramSpeechToText(settings(server)));
});

textToSpeechContract('deepgram', async () => {
  const server = await DeepgramServer.start();
  return loopbackVoice(server, new DeepgramTextToSpeech(settings(server)), 'aura-2-thalia-en');
});

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });
const flux = (server: DeepgramServer, time: Clock = clock): FluxSpeechToText => new FluxSpeechToText({ ...settings(server), model: 'flux-general-en', clock: time });

speechToTextContract('deepgram flux', { countsDrops: false, fails: true }, async () => {
  const server = await DeepgramServer.start();
  return loopbackEar(server, flux(server));
});

speechToTextFaults('deepgram', { quota: 'silence' }, async () => {
  const server = await DeepgramServer.start();
  return { server, speechToText: new DeepgramSpeechToText(settings(server)) };
});

speechToTextFaults('deepgram flux', { quota: 'silence' }, async () => {
  const server = await DeepgramServer.start();
  return { server, speechToText: flux(server) };
});

textToSpeechFaults('deepgram', {}, async () => {
  const server = await DeepgramServer.start();
  return { server, textToSpeech: new DeepgramTextToSpeech(settings(server)), voice: 'aura-2-thalia-en', isIdle: () => server.connections === 0 };
});

describe('Deepgram', () => {
  it('makes up no final for words it has guessed when the provider goes silent, however long that takes', async () => {
    const server = await DeepgramServer.start();
    server.fault = { kind: 'half', words: 2 };
    const time = new VirtualClock();
    const stream = await new DeepgramSpeechToText({ ...settings(server), clock: time }).open({ language: 'en-US', sampleRateHz: RATE }, new AbortController().signal);
    const events = stream[Symbol.asyncIterator]();
    stream.beginUtterance(0);
    const speech = codedSpeech('one two three', RATE);
    for (let at = 0; at < speech.length; at += 800) stream.write(speech.subarray(at, at + 800));
    expect((await events.next()).value).to.include({ type: 'partial' });
    stream.endUtterance();
    const next = events.next();
    while (!server.received.includes('Finalize')) await turn();
    for (let turns = 0; turns < 20; turns += 1) { time.advance(500); await turn(); }
    await stream.close();
    expect((await next).done).to.equal(true);
    await server.stop();
  });
});

describe('Deepgram Flux', () => {
  const never = new AbortController().signal;
  let server: DeepgramServer;
  beforeEach(async () => { server = await DeepgramServer.start(); });
  afterEach(async () => { await server.stop(); });

  it('makes one final of turns that Flux ended by itself', async () => {
    server.turnWordsMax = 2;
    const stream = await flux(server).open({ language: 'en-US', sampleRateHz: RATE, phrases: ['IBAN'] }, never);
    stream.beginUtterance(0);
    const speech = codedSpeech('one two three four five', RATE);
    for (let at = 0; at < speech.length; at += 800) {
      stream.write(speech.subarray(at, at + 800));
      await turn();
    }
    stream.endUtterance();
    const finals: string[] = [];
    for await (const event of stream) if (event.type === 'final') { finals.push(event.text); break; }
    expect(finals).to.deep.equal(['one two three four five']);
    expect(Object.fromEntries(server.visits[0]?.searchParams ?? [])).to.include({ model: 'flux-general-en', encoding: 'linear16', sample_rate: '8000', keyterm: 'IBAN' });
    await stream.close();
  });

  it('is fed silence while an end of turn is awaited, and a little of it while nobody speaks', async () => {
    const time = new VirtualClock();
    const stream = await flux(server, time).open({ language: 'en-US', sampleRateHz: RATE }, never);
    const events = stream[Symbol.asyncIterator]();
    const fed = async (bytes: number): Promise<void> => { while (server.fluxBytes < bytes) await turn(); };
    stream.beginUtterance(0);
    stream.write(new Int16Array(800));
    stream.endUtterance();
    await fed(1600);
    for (let pieces = 1; pieces <= 3; pieces += 1) {
      time.advance(80);
      await fed(1600 + pieces * 1280);
    }
    const final = events.next();
    const told = { yet: false };
    void final.then(() => { told.yet = true; });
    while (!told.yet) { time.advance(80); await turn(); } // nothing was said: it gives up waiting for an end of turn
    expect((await final).value).to.deep.equal({ type: 'final', text: '', confidence: null });
    await turn();
    const before = server.fluxBytes;
    time.advance(3000);
    for (let turns = 0; turns < 20; turns += 1) await turn();
    const after = server.fluxBytes;
    time.advance(1000);
    await fed(after + 1280);
    expect(after - before).to.be.at.most(1280); // what was still on its way
    await stream.close();
  });
});
