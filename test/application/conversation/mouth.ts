import { expect } from 'chai';
import { Speaker } from '../../../src/application/conversation/speaker.js';
import type { StimulusBody } from '../../../src/domain/conversation/stimulus.js';
import { MemoryLeg } from '../../support/fakes/memory-leg.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { FakeTextToSpeech } from '../../support/fakes/fake-text-to-speech.js';

type Posted = StimulusBody & { readonly atMs?: number };

/** At 8 kHz. */
export const SAMPLES_PER_MS = 8;

/** A speaker on a leg in memory, with a voice under the test's hand. */
export class Mouth {
  readonly clock = new VirtualClock();
  readonly voice = new FakeTextToSpeech();
  readonly leg = new MemoryLeg({ clock: this.clock });
  readonly posted: Posted[] = [];
  readonly speaker = new Speaker({
    textToSpeech: this.voice, voice: 'rms', language: 'en-US', synthesisDeadlineMs: 2000, clock: this.clock, log: silentLogger,
    post: (stimulus, atMs) => { this.posted.push(atMs === undefined ? stimulus : { ...stimulus, atMs }); },
  });

  constructor() {
    this.speaker.attach(this.leg);
  }

  of<T extends StimulusBody['type']>(type: T): readonly Extract<Posted, { type: T }>[] {
    return this.posted.filter((stimulus): stimulus is Extract<Posted, { type: T }> => stimulus.type === type);
  }

  /** Agent audio sent to the caller so far. */
  get playedMs(): number {
    return this.leg.played / SAMPLES_PER_MS;
  }

  /** Closes everything; fails when a timer is left. */
  async shut(): Promise<void> {
    await this.speaker.close();
    await this.leg.close();
    await this.clock.settle();
    expect(this.clock.pending, 'timers left').to.equal(0);
  }
}
