import type { OpenTurn, Step } from './conversation-state.js';
import { arm, beginUtterance, cancelReply, disarm, doom, dropTurn, follow, listen, prompt, record, watchMonologue, watchSilence } from './floor.js';
import { hideNumbers } from '../privacy/hide-numbers.js';
import { completeTurn } from './playback.js';
import { askAgent, type AskTimes } from './reply.js';
import type { Stimulus } from './stimulus.js';

/* The caller's side of the floor: voice, words, keys, interruption and silence. */

type On<T extends Stimulus['type']> = Extract<Stimulus, { type: T }>;

export function onCallerStarted(step: Step, on: On<'caller-started'>): void {
  const { s } = step;
  if (s.callerHeld) return; // music on hold is nobody's voice
  s.callerVoice = true;
  if (s.phase.kind === 'opening' || s.phase.kind === 'transferring') return;
  disarm(step, 'end-of-turn', 'final-transcript', 'caller-silence', 'inter-digit');
  beginUtterance(step, on.onsetAtMs);
  if (s.phase.kind === 'listening') watchMonologue(step);
}

export function onCallerPaused(step: Step, on: On<'caller-paused'>): void {
  if (!step.s.callerHeld) pause(step, on.lastVoicedAtMs);
}

function pause(step: Step, lastVoicedAtMs: number): void {
  const { s } = step;
  s.callerVoice = false;
  disarm(step, 'monologue');
  if (s.turn === null) return;
  s.turn = { ...s.turn, lastVoicedAtMs };
  // Already decided (a monologue cut short): the final is on its way.
  if (s.turn.decidedAtMs === null) arm(step, 'end-of-turn', lastVoicedAtMs + s.profile.turnPolicy.endOfTurnSilenceMs);
}

/** Silence (or a monologue too long) ended the turn: ask the recogniser for its last word. */
export function onEndOfTurn(step: Step): void {
  const { s } = step;
  if (s.turn === null) return;
  // A sound while the agent spoke, too short to interrupt: the agent goes on and no turn comes of it.
  if (s.phase.kind !== 'listening' && s.phase.kind !== 'thinking') { dropTurn(step); return; }
  s.turn = { ...s.turn, decidedAtMs: step.atMs };
  if (s.turn.finalsDue > 0) {
    step.effects.push({ type: 'end-utterance' });
    arm(step, 'final-transcript', step.atMs + s.profile.turnPolicy.finalTranscriptDeadlineMs);
  } else commit(step);
}

export function onTranscriptPartial(step: Step, on: On<'transcript-partial'>): void {
  const { s } = step;
  if (s.turn !== null) s.turn = { ...s.turn, partial: on.text };
}

export function onTranscriptFinal(step: Step, on: On<'transcript-final'>): void {
  const { s } = step;
  if (s.staleFinals.count > 0 && step.atMs <= s.staleFinals.untilMs) {
    s.staleFinals = { ...s.staleFinals, count: s.staleFinals.count - 1 };
    return;
  }
  if (s.turn === null) return;
  s.turn = {
    ...s.turn,
    finals: on.text === '' ? s.turn.finals : [...s.turn.finals, on.text],
    partial: '',
    confidence: on.confidence ?? s.turn.confidence,
    finalsDue: Math.max(0, s.turn.finalsDue - 1),
  };
  if (s.turn.decidedAtMs !== null && s.turn.finalsDue === 0) commit(step);
}

/** The recogniser is late: its last partial is better than silence. */
export function onFinalTranscriptLate(step: Step): void {
  const { s } = step;
  if (s.turn === null) return;
  record(step, { type: 'error.stt_failed', code: 'speech-to-text/final-late' });
  s.turn = { ...s.turn, finals: s.turn.partial === '' ? s.turn.finals : [...s.turn.finals, s.turn.partial], partial: '' };
  commit(step);
}

/** Told of what is said while keys are typed in secure mode. */
const SAID_IN_SECRET = '[hidden]';

/** The turn is over: give its words to the agent. */
function commit(step: Step): void {
  const { s } = step;
  const { turn } = s;
  if (turn === null) return;
  dropTurn(step);
  // The agent began to speak before the words came: like every sound too short to interrupt, they make no turn.
  if (s.phase.kind !== 'listening' && s.phase.kind !== 'thinking') return;
  if (s.doom !== null || s.orders.transfer !== null) { follow(step); return; }
  const secure = s.digitRequest?.secure === true;
  const said = turn.finals.join(' ').trim();
  const words = secure ? hideNumbers(said, [s.profile.language]) : said;
  if (words === '') { noWords(step, turn); return; }
  s.silenceAttempts = 0;
  s.notUnderstoodAttempts = 0;
  s.transferFailures = 0;
  s.digits = '';
  const unanswered = s.unheard?.kind === 'speech' ? `${s.unheard.text} ` : '';
  s.turnIndex += 1;
  record(step, {
    type: 'stt.transcribed', turnIndex: s.turnIndex, text: secure ? SAID_IN_SECRET : words, confidence: turn.confidence, via: 'speech', digitCount: 0,
    startAtMs: turn.startedAtMs, endAtMs: turn.lastVoicedAtMs,
  });
  askAgent(step, { kind: 'speech', text: unanswered + words, confidence: turn.confidence }, times(step, turn));
}

function times(step: Step, turn: OpenTurn): AskTimes {
  return { voiceEndAtMs: turn.lastVoicedAtMs, decidedAtMs: turn.decidedAtMs, finalAtMs: step.atMs };
}

/** Sounds shorter than this without words are coughs and doors, not attempts to speak. */
const ATTEMPT_MIN_MS = 300;

/** There was a sound, but nothing was said. */
function noWords(step: Step, turn: OpenTurn): void {
  const { s } = step;
  if (s.phase.kind === 'thinking') return; // the reply is on its way undisturbed
  if (s.unheard !== null) { // the sound stopped the reply: ask for it again
    s.turnIndex += 1;
    askAgent(step, s.unheard, times(step, turn));
    return;
  }
  if (s.digits !== '' || turn.lastVoicedAtMs - turn.startedAtMs < ATTEMPT_MIN_MS) { listen(step); return; }
  s.notUnderstoodAttempts += 1;
  if (s.notUnderstoodAttempts > s.profile.turnPolicy.silencePromptsMax) { doom(step, 'speech_failed'); return; }
  prompt(step, nth(s.profile.prompts.notUnderstood, s.notUnderstoodAttempts), 'not-understood');
}

function nth(prompts: readonly string[], attempt: number): string {
  return prompts[Math.min(attempt, prompts.length) - 1] ?? '';
}

/** The caller has spoken over the agent long enough to mean it. */
export function onCallerSustained(step: Step, on: On<'caller-sustained'>): void {
  if (step.s.callerVoice) takeFloor(step, on.onsetAtMs);
}

/** Gives the caller the floor: a reply on its way is dropped, one being spoken is cut. */
export function takeFloor(step: Step, onsetAtMs: number): void {
  const { s } = step;
  if (s.phase.kind === 'speaking' && s.phase.interruptible) {
    cancelReply(step);
    disarm(step, 'stall');
    s.interruptedAtMs = onsetAtMs;
    step.effects.push({ type: 'stop-speaking', speechId: s.phase.speechId });
  } else if (s.phase.kind === 'thinking') {
    cancelReply(step);
    s.heard = { text: '', interrupted: true };
    s.ledger = null;
    listen(step);
  }
}

/** The voice is cut: book what was heard of it and listen. */
export function onPlaybackStopped(step: Step, on: On<'playback-stopped'>): void {
  const { s } = step;
  if (s.phase.kind !== 'speaking' || s.phase.speechId !== on.speechId) return;
  const { interruptedAtMs: onsetAtMs } = s;
  const { source, startedAtMs } = s.phase;
  completeTurn(step, on.said, on.heard, true);
  if (source === 'agent' || source === 'greeting' || source === 'filler') s.heard = { text: on.heard, interrupted: true };
  s.interruptedAtMs = null;
  if (onsetAtMs === null) { follow(step); return; }
  if (startedAtMs !== null) record(step, { type: 'caller.interrupted', turnIndex: s.turnIndex, onsetAtMs, stopMs: step.atMs - onsetAtMs, heard: on.heard });
  listen(step);
}

/** The caller has put us on hold. What he has said counts, what comes from now on is music. */
export function onCallerHeld(step: Step): void {
  const { s } = step;
  s.callerHeld = true;
  disarm(step, 'caller-silence');
  if (s.callerVoice) pause(step, step.atMs);
}

/** He is back, and has his time to speak anew. */
export function onCallerResumed(step: Step): void {
  const { s } = step;
  s.callerHeld = false;
  if (s.phase.kind === 'listening' && !s.callerVoice && s.turn === null && s.digits === '') watchSilence(step);
}

/** Nobody has spoken for too long: ask again in other words, then hand over. */
export function onCallerSilence(step: Step): void {
  const { s } = step;
  if (s.phase.kind !== 'listening' || s.callerVoice || s.digits !== '') return;
  s.silenceAttempts += 1;
  if (s.silenceAttempts > s.profile.turnPolicy.silencePromptsMax) { doom(step, 'caller_silent'); return; }
  record(step, { type: 'caller.silent', attempt: s.silenceAttempts });
  prompt(step, nth(s.profile.prompts.silence, s.silenceAttempts), 'silence');
}

export function onRecogniserLost(step: Step, on: On<'recogniser-lost'>): void {
  record(step, { type: 'error.stt_failed', code: on.code });
  doom(step, 'speech_failed');
}
