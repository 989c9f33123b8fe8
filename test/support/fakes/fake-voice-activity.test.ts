import { voiceActivityContract } from '../../contract/voice-activity-detector.contract.js';
import { FakeVoiceActivity } from './fake-voice-activity.js';

voiceActivityContract('fake', () => {
  const detector = new FakeVoiceActivity();
  return Promise.resolve({
    detector,
    fail: () => {
      for (const stream of detector.streams) stream.dies();
      return Promise.resolve();
    },
    hang: () => { detector.judgement = 'never'; },
    close: () => Promise.resolve(),
  });
});
