import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { loadAzureSdk } from '../../../../src/adapters/speech/azure/azure-sdk.js';
import { AzureSpeechToText } from '../../../../src/adapters/speech/azure/azure-speech-to-text.js';
import { AzureTextToSpeech } from '../../../../src/adapters/speech/azure/azure-text-to-speech.js';
import type { Clock } from '../../../../src/application/ports/clock.js';
import { isPortError } from '../../../../src/application/ports/port-error.js';
import type { SpeechChunk } from '../../../../src/application/ports/text-to-speech.js';
import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { textToSpeechContract } from '../../../contract/text-to-speech.contract.js';
import { AZURE_KEY, AzureServer } from '../../../support/servers/speech/azure-server.js';
import { CODED_WORD_MS, CodedEar, codedSpeech } from '../../../support/speech/coded-speech.js';
import { VirtualClock } from '../../../support/virtual-clock.js';
import { loopbackEar, loopbackVoice } from '../loopback-harness.js';
import { speechToTextFaults, textToSpeechFaults } from '../provider-faults.js';

const systemClock = new SystemClock({ onFault: (error) => { throw error; } });
const RATE = 8000;
const VOICE = 'en-US-JennyNeural';
const never = new AbortController().signal;
const earsAt = (server: AzureServer): AzureSpeechToText => new AzureSpeechToText({ apiKey: AZURE_KEY, region: '', host: server.url });
const voiceAt = (server: AzureServer, idleMs = 0, clock: Clock = systemClock): AzureTextToSpeech => new AzureTextToSpeech({ apiKey: AZURE_KEY, region: '', host: server.url, idleMs, clock });
const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

speechToTextContract('azure', { countsDrops: false, fails: true }, async () => {
  const server = await AzureServer.start();
  return loopbackEar(server, earsAt(server));
});

speechToTextFaults('azure', { quota: 'quota-exceeded' }, async () => {
  const server = await AzureServer.start();
  return { server, speechToText: earsAt(server) };
});

textToSpeechContract('azure', async () => {
  const server = await AzureServer.start();
  return loopbackVoice(server, voiceAt(server), VOICE);
});

textToSpeechFaults('azure', { quota: 'no-audio' }, async () => {
  const server = await AzureServer.start();
  return { server, textToSpeech: voiceAt(server), voice: VOICE };
});

describe('Azure', () => {
  let server: AzureServer;
  const request = { text: 'Hello, where is my card?', voice: VOICE, language: 'en-US', sampleRateHz: RATE } as const;
  const chunksOf = async (voice: AzureTextToSpeech): Promise<readonly SpeechChunk[]> => {
    const chunks: SpeechChunk[] = [];
    for await (const chunk of voice.synthesise(request, never)) chunks.push(chunk);
    return chunks;
  };
  beforeEach(async () => { server = await AzureServer.start(); });
  afterEach(async () => { await server.stop(); });

  it('needs a region or a host', () => {
    expect(() => new AzureSpeechToText({ apiKey: 'x', region: '', host: '' })).to.throw('needs a region');
  });

  it('sends no telemetry', async () => {
    const sdk = await loadAzureSdk();
    const stream = await earsAt(server).open({ language: 'en', sampleRateHz: RATE, phrases: ['IBAN'] }, never);
    stream.beginUtterance(0);
    stream.write(codedSpeech('yes', RATE));
    stream.endUtterance();
    let confidence: number | null = null;
    for await (const event of stream) if (event.type === 'final') { confidence = event.confidence; break; }
    await stream.close();
    expect(confidence).to.equal(0.91);
    expect(sdk.Recognizer.telemetryEnabled).to.equal(false);
    expect(server.received).to.deep.equal(['speech.config', 'speech.context', 'audio']);
    expect(server.visits[0]?.searchParams.get('language')).to.equal('en-US');
    expect(server.bodies[1]).to.contain('IBAN');
  });

  it('sends each frame as it comes, in the true format', async () => {
    const stream = await earsAt(server).open({ language: 'en-US', sampleRateHz: RATE }, never);
    const audio = codedSpeech('yes please', RATE);
    const frameSamples = RATE / 50;
    stream.beginUtterance(0);
    for (let at = 0; at < audio.length; at += frameSamples) stream.write(audio.subarray(at, at + frameSamples));
    stream.endUtterance();
    for await (const event of stream) if (event.type === 'final') { expect(event.text).to.equal('yes please'); break; }
    await stream.close();
    expect(server.audioBytes.every((bytes) => bytes === 2 * frameSamples), String(server.audioBytes)).to.equal(true);
    expect(server.formats).to.deep.equal([{ sampleRateHz: RATE, bytesPerS: 2 * RATE }]);
  });

  it('fails by a message without a path, that the SDK would go deaf by; one without even a body the SDK drops', async () => {
    server.nonsense = 'never: said\r\n\r\n{}';
    expect(await chunksOf(voiceAt(server)).catch((error: unknown) => isPortError(error) && error.code)).to.equal('text-to-speech/protocol');
    server.nonsense = 'x'.repeat(40);
    expect(await chunksOf(voiceAt(server))).not.to.be.empty;
  });

  it('frees its socket though the other side never answers the handshake', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => { sockets.push(socket); socket.resume(); }).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const account = { apiKey: 'x', region: '', host: `ws://127.0.0.1:${(mute.address() as AddressInfo).port}` };
    const stream = await new AzureSpeechToText(account).open({ language: 'en-US', sampleRateHz: RATE }, never);
    stream.beginUtterance(0);
    const abort = new AbortController();
    const audio = new AzureTextToSpeech({ ...account, idleMs: 0, clock: systemClock }).synthesise(request, abort.signal).next();
    while (sockets.length < 2) await turn();
    const gone = sockets.map((socket) => once(socket, 'close'));
    await stream.close();
    abort.abort();
    expect((await audio).done).to.equal(true);
    await Promise.all(gone);
    mute.close();
    await once(mute, 'close');
  });

  it('tells every word once, with its time, together with the audio it begins in', async () => {
    const chunks = await chunksOf(voiceAt(server));
    const words = chunks.flatMap((chunk) => chunk.words ?? []);
    expect(words.map(({ text }) => text)).to.deep.equal(['Hello', 'where', 'is', 'my', 'card']);
    words.forEach(({ startMs, endMs }, index) => { expect([startMs, endMs]).to.deep.equal([index * CODED_WORD_MS, index * CODED_WORD_MS + 160]); });
    const ear = new CodedEar(RATE);
    for (const { samples } of chunks) ear.write(samples);
    expect(ear.end()).to.equal('hello where is my card');
  });

  it('speaks the next sentence of a voice on the same connection, and closes it when nobody spoke for a while', async () => {
    const time = new VirtualClock();
    const voice = voiceAt(server, 8000, time);
    await chunksOf(voice);
    await chunksOf(voice);
    expect(server.visits).to.have.length(1);
    await Promise.all([chunksOf(voice), chunksOf(voice)]);
    expect(server.visits).to.have.length(2);
    time.advance(8000);
    while (server.connections > 0) await turn();
    await chunksOf(voice);
    expect(server.visits).to.have.length(3);
    time.advance(8000);
    while (server.connections > 0) await turn();
  });

  it('begins on a fresh connection when the kept one was lost meanwhile', async () => {
    const voice = voiceAt(server, 60_000);
    await chunksOf(voice);
    server.breakAll();
    while (server.connections > 0) await turn();
    await turn();
    await turn();
    const ear = new CodedEar(RATE);
    const abort = new AbortController();
    for await (const { samples } of voice.synthesise(request, abort.signal)) ear.write(samples);
    expect(ear.end()).to.equal('hello where is my card');
    server.breakAll();
    while (server.connections > 0) await turn();
    await turn();
    await turn();
  });
});
