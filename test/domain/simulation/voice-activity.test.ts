import { expect } from 'chai';
import { VoiceActivity, VOICE_ACTIVITY_DEFAULTS } from '../../../src/domain/simulation/voice-activity.js';

const RATE = 8000;
const samplesOf = (ms: number): number => (ms * RATE) / 1000;

function tone(ms: number, amplitude = 8000): Int16Array {
  return Int16Array.from({ length: samplesOf(ms) }, (_, index) => Math.round(amplitude * Math.sin((2 * Math.PI * 440 * index) / RATE)));
}
const silence = (ms: number): Int16Array => new Int16Array(samplesOf(ms));

function activityOf(...parts: readonly Int16Array[]): VoiceActivity {
  const activity = new VoiceActivity({ sampleRateHz: RATE, ...VOICE_ACTIVITY_DEFAULTS });
  for (const part of parts) activity.push(part);
  return activity;
}
const inMs = (activity: VoiceActivity): readonly (readonly number[])[] =>
  activity.voices.map(({ startSample, endSample }) => [(startSample * 1000) / RATE, (endSample * 1000) / RATE]);

describe('VoiceActivity', () => {
  it('tells where a voice began and where it ended', () => {
    expect(inMs(activityOf(silence(200), tone(1000), silence(800)))).to.deep.equal([[200, 1200]]);
  });

  it('finds the same whatever the pieces it is fed with', () => {
    const whole = [silence(200), tone(1000), silence(800), tone(300), silence(500)];
    const joined = Int16Array.from(whole.flatMap((part) => [...part]));
    const activity = activityOf();
    for (let at = 0; at < joined.length; at += 173) activity.push(joined.subarray(at, at + 173));
    expect(inMs(activity)).to.deep.equal(inMs(activityOf(...whole)));
    expect(activity.position).to.equal(joined.length);
  });

  it('bridges the pauses of speech and parts what is further apart', () => {
    expect(inMs(activityOf(tone(300), silence(380), tone(300), silence(420), tone(300), silence(500)))).to.deep.equal([[0, 980], [1400, 1700]]);
  });

  it('takes a click for no voice', () => {
    expect(activityOf(silence(200), tone(20, 20_000), silence(500)).voices).to.deep.equal([]);
  });

  it('hears no voice in what G.711 makes of silence', () => {
    expect(activityOf(Int16Array.from({ length: RATE }, (_, index) => (index % 2 === 0 ? 8 : -8))).voices).to.deep.equal([]);
  });

  it('knows a voice while it goes on', () => {
    const activity = activityOf(silence(100), tone(60));
    expect(activity.current).to.deep.equal({ startSample: samplesOf(100), endSample: samplesOf(160) });
    activity.push(silence(400));
    expect(activity.current).to.equal(null);
    expect(inMs(activity)).to.deep.equal([[100, 160]]);
  });
});
