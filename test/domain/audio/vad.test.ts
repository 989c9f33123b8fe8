import { expect } from 'chai';
import { EnergyVad } from '../../../src/domain/audio/energy-vad.js';
import { VoiceActivity } from '../../../src/domain/audio/vad.js';
import { syntheticVoice, whiteNoise } from '../../support/synthetic-voice.js';

/** Pushes a frame per letter, V voiced and anything else not; returns the changes by frame index. */
function changes(activity: VoiceActivity, letters: string): string[] {
  return Array.from(letters).flatMap((letter, index) => {
    const change = activity.push(letter === 'V', index * 20);
    return change === 'none' ? [] : [`${change}@${index}`];
  });
}

describe('VoiceActivity', () => {
  const thresholds = { onsetMs: 60, offsetMs: 100, sustainedMs: 120 };

  it('confirms voice after the onset time and tells when it began', () => {
    const activity = new VoiceActivity(thresholds);
    expect(changes(activity, '..VVV')).to.deep.equal(['started@4']);
    expect(activity.onsetAtMs).to.equal(40);
    expect(activity.isSpeaking).to.equal(true);
  });

  it('ends speech after the offset time and tells when the last voice ended', () => {
    const activity = new VoiceActivity(thresholds);
    expect(changes(activity, 'VVVVV.....')).to.deep.equal(['started@2', 'ended@9']);
    expect(activity.lastVoicedAtMs).to.equal(100);
  });

  it('bridges a pause shorter than the offset time', () => {
    expect(changes(new VoiceActivity(thresholds), 'VVV....VV....V')).to.deep.equal(['started@2', 'sustained@13']);
  });

  it('takes a short hole in the onset for part of it, a longer one for none', () => {
    expect(changes(new VoiceActivity(thresholds), 'V..VV')).to.deep.equal(['started@4']);
    const activity = new VoiceActivity(thresholds);
    expect(changes(activity, 'VV...VV...VVV')).to.deep.equal(['started@12']);
    expect(activity.onsetAtMs).to.equal(200);
  });

  it('says once that speech lasts, counting voice only', () => {
    expect(changes(new VoiceActivity(thresholds), 'VVV....VV..VVVV.....VVVVV.....VVVVVV')).to.deep.equal(['started@2', 'sustained@11', 'ended@19', 'started@22', 'ended@29', 'started@32', 'sustained@35']);
  });

  it('tells of the beginning first when the two times are the same', () => {
    expect(changes(new VoiceActivity({ ...thresholds, sustainedMs: 20 }), 'VVVV')).to.deep.equal(['started@2', 'sustained@3']);
  });

  it('says nothing of clicks', () => {
    expect(changes(new VoiceActivity(thresholds), 'V....V....VV....V...')).to.deep.equal([]);
  });

  it('starts again after it ended', () => {
    expect(changes(new VoiceActivity(thresholds), 'VVV.....VVV')).to.deep.equal(['started@2', 'ended@7', 'started@10']);
  });
});

describe('EnergyVad', () => {
  const frames = (samples: Int16Array): Int16Array[] => Array.from({ length: samples.length / 160 }, (_, i) => samples.subarray(i * 160, (i + 1) * 160));
  const voicedPart = (vad: EnergyVad, samples: Int16Array): number => {
    const all = frames(samples);
    return all.filter((frame) => vad.isVoiced(frame)).length / all.length;
  };

  it('hears voice on a quiet line, and none in silence', () => {
    const vad = new EnergyVad();
    expect(voicedPart(vad, new Int16Array(8000))).to.equal(0);
    expect(voicedPart(vad, syntheticVoice(8000, 1000))).to.be.above(0.9);
    expect(voicedPart(vad, new Int16Array(8000))).to.equal(0);
  });

  it('gets used to the noise of a line and still hears voice above it', () => {
    const vad = new EnergyVad();
    voicedPart(vad, whiteNoise(8000 * 10, 600));
    expect(voicedPart(vad, whiteNoise(8000, 600, 2))).to.equal(0);
    expect(voicedPart(vad, syntheticVoice(8000, 1000))).to.be.above(0.8);
  });

  it('is not deafened by long speech', () => {
    const vad = new EnergyVad();
    voicedPart(vad, syntheticVoice(8000, 5000));
    expect(voicedPart(vad, syntheticVoice(8000, 1000))).to.be.above(0.9);
    vad.reset();
    vad.close();
  });
});
