import { expect } from 'chai';
import { type SpeechEvent, VoiceActivitySwitch } from '../../../src/application/speech/voice-activity-switch.js';

const THRESHOLDS = { onsetMs: 80, offsetMs: 200, sustainedMs: 200 };

/** A switch, and what it told as `type times`. */
function watched(): { voice: VoiceActivitySwitch; told: string[]; events: SpeechEvent[] } {
  const [told, events]: [string[], SpeechEvent[]] = [[], []];
  const voice = new VoiceActivitySwitch(THRESHOLDS, (event) => {
    events.push(event);
    told.push(`${event.type.replace('speech-', '')} ${event.type === 'speech-ended' ? event.lastVoicedAtMs : event.onsetAtMs}`);
  });
  return { voice, told, events };
}
const started = (atMs: number): SpeechEvent => ({ type: 'speech-started', atMs, onsetAtMs: atMs - THRESHOLDS.onsetMs });
const sustained = (atMs: number, onsetAtMs: number): SpeechEvent => ({ type: 'speech-sustained', atMs, onsetAtMs });
const ended = (atMs: number): SpeechEvent => ({ type: 'speech-ended', atMs, lastVoicedAtMs: atMs - THRESHOLDS.offsetMs });

describe('two detectors of one voice', () => {
  it('tells what the leg says, as it says it, until the other one leads', () => {
    const { voice, told, events } = watched();
    const said = [started(1080), sustained(1200, 1000), ended(2000), started(3000), ended(3500)];
    for (const event of said) voice.fromLeg(event);
    voice.fromDetector('started', 3600, 3700);
    expect(events).to.deep.equal(said);
    expect(told).to.deep.equal(['started 1000', 'sustained 1000', 'ended 1800', 'started 2920', 'ended 3300']);
  });

  it('tells what the detector says once it leads', () => {
    const { voice, told } = watched();
    voice.detectorLeads(1000);
    voice.fromLeg(started(1080)); // a sound that is no voice
    voice.fromLeg(sustained(1200, 1000));
    voice.fromLeg(ended(2000));
    expect(told).to.deep.equal([]);
    voice.fromDetector('started', 3000, 3120);
    voice.fromDetector('ended', 3600, 3850);
    expect(told).to.deep.equal(['started 3000', 'ended 3600']);
  });

  describe('how a voice that the detector tells of lasts', () => {
    it('is counted by the leg, whichever tells the beginning first', () => {
      for (const legFirst of [true, false]) {
        const { voice, told } = watched();
        voice.detectorLeads(900);
        if (legFirst) voice.fromLeg(started(1080));
        voice.fromDetector('started', 1040, 1150);
        if (!legFirst) voice.fromLeg(started(1160));
        voice.fromLeg(sustained(1250, 1000));
        expect(told).to.deep.equal(['started 1040', 'sustained 1040']);
      }
    });

    it('is told with its beginning when the leg has counted it by then', () => {
      const { voice, told } = watched();
      voice.detectorLeads(900);
      for (const event of [started(1080), sustained(1200, 1000), ended(1500)]) voice.fromLeg(event);
      voice.fromDetector('started', 1020, 1600);
      expect(told).to.deep.equal(['started 1020', 'sustained 1020']);
    });

    it('is not counted by a leg that has heard a sound for long before', () => {
      const { voice, told } = watched();
      voice.detectorLeads(900);
      for (const event of [started(1080), sustained(1200, 1000)]) voice.fromLeg(event);
      voice.fromDetector('started', 5000, 5100);
      expect(told).to.deep.equal(['started 5000']);
    });

    it('follows from what was judged without an end when the leg hears nothing', () => {
      const { voice, told } = watched();
      voice.detectorLeads(900);
      voice.fromDetector('started', 1000, 1100);
      voice.detectorJudged(1399, 1450);
      expect(told, 'a cough of 199 ms may have ended').to.deep.equal(['started 1000']);
      voice.detectorJudged(1400, 1450);
      voice.detectorJudged(1600, 1650);
      expect(told).to.deep.equal(['started 1000', 'sustained 1000']);
    });
  });

  describe('when the leg has to go on', () => {
    it('goes on with a voice that both hear, and ends it once', () => {
      const { voice, told } = watched();
      voice.detectorLeads(900);
      voice.fromLeg(started(1080));
      voice.fromDetector('started', 1020, 1150);
      voice.legLeads(1160);
      expect(told).to.deep.equal(['started 1020']);
      voice.fromLeg(sustained(1220, 1000));
      voice.fromLeg(ended(2000));
      expect(told).to.deep.equal(['started 1020', 'sustained 1020', 'ended 1800']);
    });

    it('ends a voice whose end the leg has heard already', () => {
      const { voice, told } = watched();
      voice.detectorLeads(900);
      voice.fromLeg(started(1080));
      voice.fromDetector('started', 1020, 1150);
      voice.fromLeg(ended(1600));
      voice.legLeads(1700);
      expect(told).to.deep.equal(['started 1020', 'ended 1400']);
    });

    it('ends a voice that it never heard now', () => {
      const { voice, told } = watched();
      voice.detectorLeads(900);
      voice.fromDetector('started', 1020, 1150);
      voice.legLeads(1700);
      expect(told).to.deep.equal(['started 1020', 'ended 1700']);
    });

    it('begins a voice that the detector has not told of, not before what that has judged', () => {
      const { voice, told } = watched();
      voice.detectorLeads(900);
      voice.fromLeg(started(5080));
      voice.legLeads(5100);
      expect(told).to.deep.equal(['started 5000']);
      const noisy = watched();
      noisy.voice.detectorLeads(900);
      for (const event of [started(1080), sustained(1200, 1000)]) noisy.voice.fromLeg(event);
      noisy.voice.legLeads(9000);
      expect(noisy.told).to.deep.equal(['started 8500', 'sustained 8500']);
    });

    it('forgets what the detector said: another stream of it begins without a voice', () => {
      const { voice, told } = watched();
      voice.detectorLeads(900);
      voice.fromDetector('started', 1020, 1150);
      voice.legLeads(1700);
      voice.detectorLeads(3000);
      voice.fromDetector('started', 4000, 4100);
      expect(told).to.deep.equal(['started 1020', 'ended 1700', 'started 4000']);
    });

    it('tells nothing when both hear nobody', () => {
      const { voice, told } = watched();
      voice.detectorLeads(900);
      voice.legLeads(1000);
      voice.detectorLeads(1100);
      expect(told).to.deep.equal([]);
    });
  });

  it('goes on with a voice under way when the detector begins to lead, and ends one that it does not hear', () => {
    const both = watched();
    both.voice.fromLeg(started(1080));
    both.voice.fromDetector('started', 1200, 1300);
    both.voice.detectorLeads(1600);
    both.voice.fromDetector('ended', 2000, 2300);
    expect(both.told).to.deep.equal(['started 1000', 'ended 2000']);
    const alone = watched();
    alone.voice.fromLeg(started(1080));
    alone.voice.detectorLeads(1600);
    expect(alone.told).to.deep.equal(['started 1000', 'ended 1600']);
  });

  it('is one voice in order, whatever happens', () => {
    for (let seed = 1; seed <= 2000; seed += 1) {
      const faults = faultsOf(randomStory(seed));
      if (faults.length > 0) throw new Error(`seed ${seed}: ${faults.join('; ')}`);
    }
  });
});

/** Two detectors that speak in turn each, and a lead that changes, at random. */
function randomStory(seed: number): readonly SpeechEvent[] {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const { voice, events } = watched();
  let [nowMs, legSpeaks, detectorSpeaks, detectorOpen] = [1000, false, false, false];
  const actions = [
    () => {
      voice.fromLeg(legSpeaks ? ended(nowMs) : started(nowMs));
      legSpeaks = !legSpeaks;
    },
    () => { if (legSpeaks) voice.fromLeg(sustained(nowMs, 0)); },
    () => {
      if (!detectorOpen) return;
      voice.fromDetector(detectorSpeaks ? 'ended' : 'started', nowMs - 50, nowMs);
      detectorSpeaks = !detectorSpeaks;
    },
    () => { if (detectorOpen) voice.detectorJudged(nowMs - 100, nowMs); },
    () => {
      detectorOpen = true;
      voice.detectorLeads(nowMs);
    },
    () => {
      [detectorOpen, detectorSpeaks] = [false, false];
      voice.legLeads(nowMs);
    },
  ];
  for (let step = 0; step < 60; step += 1) {
    nowMs += 210 + random(400);
    actions[random(actions.length)]?.();
  }
  return events;
}

function faultsOf(events: readonly SpeechEvent[]): readonly string[] {
  const faults: string[] = [];
  let [speaking, lasts, lastMs, toldMs] = [false, false, 0, 0];
  for (const event of events) {
    const atMs = event.type === 'speech-ended' ? event.lastVoicedAtMs : event.onsetAtMs;
    if (event.type === 'speech-started' && speaking) faults.push('two starts');
    if (event.type !== 'speech-started' && !speaking) faults.push(`${event.type} of no voice`);
    if (event.type === 'speech-sustained' && lasts) faults.push('sustained twice');
    if (atMs < lastMs || event.atMs < toldMs || atMs > event.atMs) faults.push(`${event.type} of ${atMs} after ${lastMs}`);
    speaking = event.type !== 'speech-ended';
    lasts = event.type === 'speech-sustained';
    [lastMs, toldMs] = [atMs, event.atMs];
  }
  return faults;
}
