import type { StimulusBody } from '../../domain/conversation/stimulus.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { ConsultationLeg, OpenMediaOptions } from '../ports/telephony.js';
import type { TextToSpeech } from '../ports/text-to-speech.js';
import { Speaker } from '../conversation/speaker.js';

const TAKE = '1';
const DECLINE = '2';
/** After the choice was given; then it is given once more. */
const DECISION_MS = 8000;
const CHOICES_MAX = 2;
/** From the answer on, whatever is being said: the caller waits meanwhile. Longer than a briefing of 500 characters and both choices. */
const ASKING_MS_MAX = 75_000;
const OPEN_DEADLINE_MS = 5000;
/** Nobody listens to the voice of the person: keys decide. */
const MEDIA: OpenMediaOptions = { preferredSampleRateHz: 8000, voiceDetection: { onsetMs: 80, offsetMs: 200, sustainedMs: 200 } };

/** What the person is told, and in which voice. */
export interface Briefing {
  readonly introduction: string;
  /** Speakable pieces. */
  readonly pieces: readonly string[];
  readonly choice: string;
  readonly voice: string;
  readonly language: string;
  readonly synthesisDeadlineMs: number;
}

export interface AskPersonPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly textToSpeech: TextToSpeech;
}

/** `no-decision`: no key in time; a mailbox that answered presses none. */
export type PersonAnswer = 'accepted' | 'declined' | 'hung-up' | 'no-decision';

/**
 * Tells a person who has answered what the call is about, and waits for 1 or 2, at any time. Without a voice it waits as well: the
 * number on the display may be enough.
 *
 * @throws PortError of `openMedia`; the reason of `signal`.
 */
export async function askPerson(leg: ConsultationLeg, briefing: Briefing, ports: AskPersonPorts, signal: AbortSignal): Promise<PersonAnswer> {
  let decide: (answer: PersonAnswer) => void = () => undefined;
  const decision = new Promise<PersonAnswer>((resolve) => { decide = resolve; });
  const stopListening = leg.onEvent((event) => {
    if (event.type === 'ended') decide('hung-up');
    if (event.type === 'dtmf' && event.digit === TAKE) decide('accepted');
    if (event.type === 'dtmf' && event.digit === DECLINE) decide('declined');
  });
  const limit = deadline(ports.clock, ASKING_MS_MAX, signal);
  const talk = new PersonTalk(briefing, ports, () => { decide('no-decision'); });
  try {
    await talk.begin(leg, limit.signal);
    return await orAborted(decision, limit.signal);
  } catch (error) {
    if (limit.expired) return 'no-decision';
    if (leg.ended) return 'hung-up';
    throw error;
  } finally {
    limit.clear();
    stopListening();
    await talk.close();
  }
}

/** Our side of it: the briefing once, the choice twice. */
class PersonTalk {
  private readonly speaker: Speaker;
  private choices = 0;
  private speeches = 0;
  private cancel: () => void = () => undefined;
  private closed = false;

  constructor(private readonly briefing: Briefing, private readonly ports: AskPersonPorts, private readonly onSilence: () => void) {
    const { voice, language, synthesisDeadlineMs } = briefing;
    this.speaker = new Speaker({ ...ports, voice, language, synthesisDeadlineMs, post: (stimulus) => { this.hear(stimulus); } });
  }

  async begin(leg: ConsultationLeg, signal: AbortSignal): Promise<void> {
    const limit = deadline(this.ports.clock, OPEN_DEADLINE_MS, signal);
    try {
      this.speaker.attach(await orAborted(leg.openMedia(MEDIA, limit.signal), limit.signal));
    } finally {
      limit.clear();
    }
    this.say([this.briefing.introduction, ...this.briefing.pieces]);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.cancel();
    await this.speaker.close();
  }

  private say(words: readonly string[]): void {
    this.choices += 1;
    this.speeches += 1;
    for (const text of [...words, this.briefing.choice]) if (text.trim() !== '') this.speaker.speak(this.speeches, text, 'agent');
    this.speaker.complete(this.speeches);
  }

  private hear(stimulus: StimulusBody): void {
    if (stimulus.type !== 'playback-finished' || this.closed) return;
    this.cancel = this.ports.clock.after(DECISION_MS, () => {
      if (this.choices < CHOICES_MAX) this.say([]); else this.onSilence();
    });
  }
}
