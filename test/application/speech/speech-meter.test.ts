import { expect } from 'chai';
import { SpeechMeter } from '../../../src/application/speech/speech-meter.js';
import { FakeSpeechToText } from '../../support/fakes/fake-speech-to-text.js';
import { FakeTextToSpeech } from '../../support/fakes/fake-text-to-speech.js';

const never = new AbortController().signal;

describe('the meter of a call', () => {
  it('counts the audio of utterances, what is before their onset included, and no silence', async () => {
    const meter = new SpeechMeter();
    const stream = await meter.recogniser('cloud', new FakeSpeechToText()).open({ language: 'en-US', sampleRateHz: 8000 }, never);
    stream.write(new Int16Array(8000));
    stream.beginUtterance(300);
    stream.write(new Int16Array(4000));
    stream.endUtterance();
    stream.write(new Int16Array(8000));
    await stream.close();
    expect(meter.uses).to.deep.equal([{ provider: 'cloud', recognisedMs: 800, synthesisedCharacters: 0 }]);
  });

  it('counts characters as they are asked for, by provider, and leaves out whom nobody used', () => {
    const meter = new SpeechMeter();
    const first = meter.voice('first', new FakeTextToSpeech());
    const second = meter.voice('second', new FakeTextToSpeech());
    meter.recogniser('third', new FakeSpeechToText());
    const request = { voice: 'rms', language: 'en-US', sampleRateHz: 8000 } as const;
    first.synthesise({ ...request, text: 'It comes on Monday.' }, never);
    second.synthesise({ ...request, text: 'on Monday.' }, never);
    second.synthesise({ ...request, text: 'Goodbye.' }, never);
    expect(meter.uses).to.deep.equal([
      { provider: 'first', recognisedMs: 0, synthesisedCharacters: 19 }, { provider: 'second', recognisedMs: 0, synthesisedCharacters: 18 },
    ]);
  });
});
