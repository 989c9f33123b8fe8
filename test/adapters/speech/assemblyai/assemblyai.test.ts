import { expect } from 'chai';
import { SystemClock } from '../../../../src/adapters/runtime/system-clock.js';
import { AssemblyAiSpeechToText } from '../../../../src/adapters/speech/assemblyai/assemblyai-speech-to-text.js';
import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { ASSEMBLYAI_KEY, AssemblyAiServer } from '../../../support/servers/speech/assemblyai-server.js';
import { codedSpeech } from '../../../support/speech/coded-speech.js';
import { loopbackEar } from '../loopback-harness.js';
import { speechToTextFaults } from '../provider-faults.js';

const clock = new SystemClock({ onFault: (error) => { throw error; } });
const RATE = 8000;
const earsAt = (server: AssemblyAiServer): AssemblyAiSpeechToText => new AssemblyAiSpeechToText({ apiKey: ASSEMBLYAI_KEY, url: server.url, connectTimeoutMs: 1000, clock });

speechToTextContract('assemblyai', { countsDrops: false, fails: true }, async () => {
  const server = await AssemblyAiServer.start();
  return loopbackEar(server, earsAt(server));
});

speechToTextFaults('assemblyai', { quota: 'unavailable' }, async () => {
  const server = await AssemblyAiServer.start();
  return { server, speechToText: earsAt(server) };
});

describe('AssemblyAI', () => {
  it('is given its words to expect, and pieces of a size that it takes whatever size they come in', async () => {
    const server = await AssemblyAiServer.start();
    const stream = await earsAt(server).open({ language: 'en-US', sampleRateHz: RATE, phrases: ['card', 'bank'] }, new AbortController().signal);
    const events = stream[Symbol.asyncIterator]();
    const audio = codedSpeech('where is my card', RATE);
    stream.beginUtterance(0);
    for (let at = 0, size = 7; at < audio.length; at += size, size = (size * 5) % 997 + 1) stream.write(audio.subarray(at, at + size));
    stream.endUtterance();
    let heard = '';
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      heard = next.value.text;
      if (next.value.type === 'final') break;
    }
    expect(heard).to.equal('where is my card');
    expect(server.visits[0]?.searchParams.get('keyterms_prompt')).to.equal('["card","bank"]');
    await stream.close();
    await server.stop();
  });
});
