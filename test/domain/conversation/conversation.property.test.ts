import { expect } from 'chai';
import * as fc from 'fast-check';
import type { DigitRequest, ReplyAction, StimulusBody } from '../../../src/domain/conversation/stimulus.js';
import { conversationId, replyId } from '../../../src/domain/shared/ids.js';
import { ConversationStory } from '../../support/conversation-story.js';
import type { ProfileDeviations } from '../../support/builders/a-profile.js';

/* Random histories: what must hold whatever the caller, the agent, the recogniser and the mouth do, in whatever order. */

/** A stimulus whose ids depend on what is going on: `age` 0 is the current reply or speech, 1 the one before, -1 one that never was. */
type Happening = (story: ConversationStory) => StimulusBody;
type Move = { readonly name: string; readonly happens: Happening } | { readonly name: string; readonly waitMs: number };

const digits: fc.Arbitrary<DigitRequest> = fc.record({
  min: fc.integer({ min: 1, max: 4 }), max: fc.integer({ min: 4, max: 6 }), terminator: fc.constantFrom('#', null), interDigitTimeoutMs: fc.constantFrom(1000, 3000),
});
const action: fc.Arbitrary<ReplyAction> = fc.oneof(
  digits.map((request) => ({ type: 'collect-digits', digits: request }) as const),
  fc.constant({ type: 'transfer', target: { kind: 'extension', extension: 'person' } } as const),
  fc.constant({ type: 'transfer', target: { kind: 'number', number: '+15550199' }, briefing: 'A card.' } as const),
  fc.constant({ type: 'escalate', reason: 'angry' } as const),
  fc.constant({ type: 'hangup' } as const),
);
const age = fc.constantFrom(0, 0, 0, 0, 1, -1);
const source = fc.constantFrom('agent', 'fallback', 'filler');

const reply = (story: ConversationStory, howOld: number): ReturnType<typeof replyId> => replyId(`r${String(story.state.turnIndex - howOld)}`);
const speech = (story: ConversationStory, howOld: number): number => story.state.speechCount - howOld;

function always(body: StimulusBody): fc.Arbitrary<Move> {
  return fc.constant({ name: body.type, happens: () => body });
}

function aged(name: StimulusBody['type'], build: (story: ConversationStory, howOld: number) => StimulusBody): fc.Arbitrary<Move> {
  return age.map((howOld) => ({ name: `${name}(${String(howOld)})`, happens: (story: ConversationStory) => build(story, howOld) }));
}

const caller: fc.Arbitrary<Move> = fc.oneof(
  fc.constant<Move>({ name: 'caller-started', happens: (story) => ({ type: 'caller-started', onsetAtMs: story.nowMs - 80 }) }),
  fc.constant<Move>({ name: 'caller-sustained', happens: (story) => ({ type: 'caller-sustained', onsetAtMs: story.nowMs - 200 }) }),
  always({ type: 'caller-held' }),
  always({ type: 'caller-resumed' }),
  fc.constant<Move>({ name: 'caller-paused', happens: (story) => ({ type: 'caller-paused', lastVoicedAtMs: story.nowMs - 200 }) }),
  fc.constantFrom('', 'yes', 'my card').map<Move>((text) => ({ name: `final "${text}"`, happens: () => ({ type: 'transcript-final', text, confidence: null }) })),
  always({ type: 'transcript-partial', text: 'my ca' }),
  fc.constantFrom('1', '2', '#').map<Move>((digit) => ({ name: `digit ${digit}`, happens: () => ({ type: 'digit', digit }) })),
);

const agent: fc.Arbitrary<Move> = fc.oneof(
  fc.tuple(age, fc.boolean()).map<Move>(([howOld, interruptible]) => ({
    name: `reply-text(${String(howOld)}, ${String(interruptible)})`, happens: (story) => ({ type: 'reply-text', replyId: reply(story, howOld), text: 'Sure.', interruptible }),
  })),
  fc.tuple(age, action).map<Move>(([howOld, wish]) => ({
    name: `reply-action ${wish.type}(${String(howOld)})`, happens: (story) => ({ type: 'reply-action', replyId: reply(story, howOld), action: wish }),
  })),
  aged('reply-done', (story, howOld) => ({ type: 'reply-done', replyId: reply(story, howOld) })),
  aged('reply-failed', (story, howOld) => ({ type: 'reply-failed', replyId: reply(story, howOld), code: 'agent/x', timeout: false })),
);

const mouth: fc.Arbitrary<Move> = fc.oneof(
  fc.tuple(age, source).map<Move>(([howOld, of]) => ({
    name: `audio-ready(${String(howOld)})`,
    happens: (story) => ({ type: 'audio-ready', speechId: speech(story, howOld), text: 'x', source: of as 'agent', requestedAtMs: story.nowMs }),
  })),
  fc.tuple(age, source, fc.integer({ min: 100, max: 30_000 })).map<Move>(([howOld, of, audioMs]) => ({
    name: `audio-complete(${String(howOld)}, ${String(audioMs)})`,
    happens: (story) => ({ type: 'audio-complete', speechId: speech(story, howOld), text: 'x', source: of as 'agent', firstAudioMs: 10, audioMs }),
  })),
  aged('synthesis-failed', (story, howOld) => ({ type: 'synthesis-failed', speechId: speech(story, howOld), source: 'agent', code: 'text-to-speech/x' })),
  aged('playback-started', (story, howOld) => ({ type: 'playback-started', speechId: speech(story, howOld) })),
  fc.tuple(age, fc.constantFrom('', 'Sure.')).map<Move>(([howOld, heard]) => ({
    name: `playback-finished(${String(howOld)}, "${heard}")`,
    happens: (story) => ({ type: 'playback-finished', speechId: speech(story, howOld), said: 'Sure.', heard }),
  })),
);

const rare: fc.Arbitrary<Move> = fc.oneof(
  always({ type: 'media-ready' }),
  always({ type: 'agent-opened', conversationId: conversationId('c-1'), greeting: null }),
  always({ type: 'agent-unreachable', code: 'agent/unavailable' }),
  always({ type: 'recogniser-lost', code: 'speech-to-text/x' }),
  always({ type: 'transfer-failed', reason: 'busy' }),
  always({ type: 'transfer-done' }),
  always({ type: 'transfer-accepted' }),
  always({ type: 'ordered-words', pieces: ['The shop closes.', 'Soon.'] }),
  always({ type: 'ordered-transfer', handover: { target: { kind: 'queue', queue: 'support' } } }),
  always({ type: 'wind-up', reason: 'drained' }),
  always({ type: 'call-ended', said: '', heard: '' }),
);

const wait: fc.Arbitrary<Move> = fc.constantFrom(0, 50, 150, 300, 600, 1600, 5000, 21_000).map((waitMs) => ({ name: `wait ${String(waitMs)}`, waitMs }));
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: caller }, { weight: 6, arbitrary: agent }, { weight: 5, arbitrary: mouth }, { weight: 6, arbitrary: wait }, { weight: 1, arbitrary: rare },
);
const moves = fc.array(move.map((made) => ({ ...made, toString: () => made.name, [fc.toStringMethod]: () => made.name })), { maxLength: 80, size: 'max' });

const profile: fc.Arbitrary<ProfileDeviations> = fc.constantFrom<ProfileDeviations>(
  {}, { fallback: null }, { prompts: { greeting: '' } }, { prompts: { silence: [], notUnderstood: [], oneMoment: '', goodbye: '' } }, { fallback: { kind: 'number', number: '+15550199' } },
);

function play(story: ConversationStory, made: Move): void {
  if ('waitMs' in made) story.advance(made.waitMs);
  else story.tell(made.happens(story));
}

/** A conversation under way: most histories are dull before the greeting was heard. */
function begin(deviations: ProfileDeviations, greeted: boolean): ConversationStory {
  return greeted ? ConversationStory.begun(deviations) : new ConversationStory(deviations);
}

/** What will make the conversation go on when the caller says nothing more; null: nothing, and the caller is left in silence for ever. */
function wakes(story: ConversationStory): string | null {
  const due = (...timers: readonly Parameters<typeof story.timers.has>[0][]): string | null => timers.find((timer) => story.timers.has(timer)) ?? null;
  switch (story.phase) {
    case 'closed': return 'over';
    case 'opening': return 'media-ready is due';
    case 'transferring': return 'the outcome of the transfer is due';
    case 'thinking': return due('agent-deadline');
    case 'speaking': return due('stall');
    case 'listening': if (story.state.callerHeld) return 'the caller will be back'; return story.state.callerVoice ? due('monologue', 'final-transcript', 'inter-digit') : due('caller-silence', 'end-of-turn', 'final-transcript', 'inter-digit');
  }
}

/** The caller says nothing more, the agent never answers again, transfers fail. `obedient`: the mouth plays what it is given. */
function fallQuiet(story: ConversationStory, obedient: boolean): { readonly gapMsMax: number } {
  let lastSignMs = story.nowMs;
  let gapMsMax = 0;
  const sign = (): void => { gapMsMax = Math.max(gapMsMax, story.nowMs - lastSignMs); lastSignMs = story.nowMs; };
  story.tell({ type: 'media-ready' });
  story.tell({ type: 'caller-resumed' });
  for (let step = 0; !story.is('closed'); step += 1) {
    expect(step, 'steps until the caller is let go').to.be.below(300);
    const saidBefore = story.count('speak');
    oneThingMore(story, obedient);
    if (story.count('speak') > saidBefore || story.is('closed')) sign();
  }
  return { gapMsMax };
}

function oneThingMore(story: ConversationStory, obedient: boolean): void {
  const completed = story.of('complete-speech').some((effect) => effect.speechId === story.speechId);
  if (story.state.callerVoice) story.tell({ type: 'caller-paused', lastVoicedAtMs: story.nowMs });
  else if (story.is('transferring')) story.tell({ type: 'transfer-failed', reason: 'no-answer' });
  else if (story.is('speaking') && completed && obedient) {
    story.advance(1000);
    if (story.is('speaking')) story.tell({ type: 'playback-finished', speechId: story.speechId, said: 'x', heard: 'x' });
  } else {
    const next = story.nextTimer();
    expect(next, `nothing wakes a conversation that is ${story.phase}`).to.not.equal(null);
    story.fire(next!.timer);
  }
}

describe('any conversation', () => {

  it('decides without throwing, finishes at most once, and does nothing once it is over', () => {
    fc.assert(fc.property(profile, fc.boolean(), moves, (deviations, greeted, history) => {
      const story = begin(deviations, greeted);
      for (const made of history) {
        const wasOver = story.phase === 'closed';
        const before = story.effects.length;
        play(story, made);
        if (wasOver) expect(story.effects.length, 'effects after the end').to.equal(before);
      }
      expect(story.count('finish')).to.be.at.most(1);
      if (story.count('finish') > 0) {
        expect(story.phase).to.equal('closed');
        expect(story.effects.at(-1)?.type).to.equal('finish');
      }
      if (story.phase === 'closed') expect([...story.timers.keys()], 'timers left armed').to.deep.equal([]);
    }), { numRuns: 2000 });
  });

  it('always has something that will wake it: no path leads to permanent silence', () => {
    fc.assert(fc.property(profile, fc.boolean(), moves, (deviations, greeted, history) => {
      const story = begin(deviations, greeted);
      history.forEach((made, index) => {
        play(story, made);
        expect(wakes(story), `${story.phase} after ${history.slice(0, index + 1).join(', ')}`).to.not.equal(null);
      });
    }), { numRuns: 3000 });
  });

  it('lets a caller go who says nothing more, and never leaves them without a word for long', () => {
    fc.assert(fc.property(profile, fc.boolean(), moves, (deviations, greeted, history) => {
      const story = begin(deviations, greeted);
      for (const made of history) play(story, made);
      const { gapMsMax } = fallQuiet(story, true);
      // Worst: the agent falls silent in mid reply (its deadline, 10 s), what it said is played, and the silence clock runs (5 s).
      // Profiles without prompts say less on purpose.
      if (deviations.prompts === undefined) expect(gapMsMax).to.be.at.most(17_000);
    }), { numRuns: 1500 });
  });

  it('lets the caller go even when the mouth never plays anything', () => {
    fc.assert(fc.property(profile, fc.boolean(), moves, (deviations, greeted, history) => {
      const story = begin(deviations, greeted);
      for (const made of history) play(story, made);
      fallQuiet(story, false);
    }), { numRuns: 1500 });
  });

  it('speaks one speech at a time: a new one begins only when the one before was played or stopped', () => {
    fc.assert(fc.property(profile, fc.boolean(), moves, (deviations, greeted, history) => {
      const story = begin(deviations, greeted);
      const over = new Set<number>(greeted ? [1] : []);
      for (const made of history) {
        const from = story.effects.length;
        const body = 'waitMs' in made ? null : made.happens(story);
        if (body?.type === 'playback-finished') over.add(body.speechId);
        if (body === null) play(story, made); else story.tell(body);
        for (const effect of story.effects.slice(from)) {
          if (effect.type === 'stop-speaking') over.add(effect.speechId);
          if (effect.type === 'speak' && effect.speechId > 1) expect(over, `speech ${String(effect.speechId)} began`).to.include(effect.speechId - 1);
        }
      }
    }), { numRuns: 1500 });
  });
});
