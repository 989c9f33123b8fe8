import type { TerminationReason } from '../call/termination.js';
import { unreachable } from '../shared/assert.js';
import type { ConversationEvent, SpeechSource } from './conversation-events.js';
import { NO_ORDERS, type OpenTurn, type Step } from './conversation-state.js';
import { digitEntry } from './digit-entry.js';
import { type DigitRequest, type Handover, TIMERS, type TimerName } from './stimulus.js';

/* Moving the floor between caller and agent: the few acts that every other decision is made of. */

export function arm(step: Step, timer: TimerName, atMs: number): void {
  step.effects.push({ type: 'arm-timer', timer, atMs });
}

export function disarm(step: Step, ...timers: readonly TimerName[]): void {
  for (const timer of timers) step.effects.push({ type: 'cancel-timer', timer });
}

export function record(step: Step, event: ConversationEvent): void {
  step.effects.push({ type: 'record', event });
}

/** Says fixed words as a speech of their own and then does what `followUp` holds. Prompts that a profile leaves empty are skipped. */
export function prompt(step: Step, words: string | readonly string[], source: SpeechSource, interruptible = true): void {
  const { s } = step;
  const texts = (typeof words === 'string' ? [words] : words).filter((text) => text.trim() !== '');
  if (texts.length === 0) { follow(step); return; }
  s.speechCount += 1;
  s.phase = { kind: 'speaking', speechId: s.speechCount, source, interruptible, startedAtMs: null, readyAtMs: step.atMs, playsUntilMs: step.atMs };
  for (const text of texts) step.effects.push({ type: 'speak', speechId: s.speechCount, text, source });
  step.effects.push({ type: 'complete-speech', speechId: s.speechCount });
  s.replyText = '';
  disarm(step, 'caller-silence');
  watchPlayback(step);
}

/** While something is being said, its end is due: when all known audio has been played, and then some. */
export function watchPlayback(step: Step): void {
  const { phase, profile } = step.s;
  if (phase.kind !== 'speaking') return;
  arm(step, 'stall', Math.max(step.atMs, phase.playsUntilMs) + profile.turnPolicy.stallMs);
}

/** The caller's turn begins. The silence clock runs unless they are speaking already or an entry is under way. */
export function listen(step: Step): void {
  const { s } = step;
  s.phase = { kind: 'listening' };
  s.followUp = { kind: 'listen' };
  disarm(step, 'stall');
  if (s.callerVoice) hearOn(step);
  const talking = s.callerVoice || s.turn !== null;
  if (!talking && speakFirst(step)) return;
  if (s.digits !== '' && (!talking || digitEntry(s.digits, s.digitRequest).full)) awaitDigit(step);
  else if (!talking) watchSilence(step);
}

/** A caller on hold is not asked why he is silent. */
export function watchSilence(step: Step): void {
  if (!step.s.callerHeld) arm(step, 'caller-silence', step.atMs + step.s.profile.turnPolicy.callerSilenceMs);
}

/** The caller speaks already as we begin to listen: from here on their words count, and not for ever. */
function hearOn(step: Step): void {
  if (step.s.turn === null) beginUtterance(step, step.atMs);
  watchMonologue(step);
}

/** Audio before the confirmed onset that belongs to the first word (plosives are quiet). */
const PRE_ROLL_MS = 300;

export function beginUtterance(step: Step, onsetAtMs: number): void {
  const { s } = step;
  const fresh: OpenTurn = {
    startedAtMs: onsetAtMs, lastVoicedAtMs: onsetAtMs, finals: [], partial: '', confidence: null, finalsDue: 0, decidedAtMs: null,
  };
  const turn = s.turn ?? fresh;
  s.turn = turn;
  // A pause within the turn: the recogniser is still in the same utterance and needs no new beginning.
  if (turn.finalsDue > 0 && turn.decidedAtMs === null) return;
  s.turn = { ...turn, decidedAtMs: null, finalsDue: turn.finalsDue + 1 };
  step.effects.push({ type: 'begin-utterance', preRollMs: Math.max(0, step.atMs - onsetAtMs) + PRE_ROLL_MS });
}

/** The limit counts from the beginning of the turn: pauses for breath do not prolong it. */
export function watchMonologue(step: Step): void {
  const { turn, profile } = step.s;
  if (turn !== null) arm(step, 'monologue', Math.max(step.atMs, turn.startedAtMs + profile.turnPolicy.monologueMaxMs));
}

/** What keys are waited for from now on. Secure ones make the call sensitive for as long as they are. */
export function requestDigits({ s, effects }: Step, request: DigitRequest | null): void {
  const [was, is] = [s.digitRequest?.secure === true, request?.secure === true];
  s.digitRequest = request;
  if (was !== is) effects.push({ type: 'sensitive', on: is });
}

/** Waits for the next key of an entry; not at all when the entry is full. */
export function awaitDigit(step: Step): void {
  const { digitRequest: request, digits, profile } = step.s;
  const waitMs = digitEntry(digits, request).full ? 0 : request?.interDigitTimeoutMs ?? profile.turnPolicy.interDigitMs;
  arm(step, 'inter-digit', step.atMs + waitMs);
}

/** Drops a reply that is still being generated. */
export function cancelReply(step: Step): void {
  const { s } = step;
  s.heldInput = null;
  disarm(step, 'agent-filler', 'agent-deadline');
  if (s.reply === null || s.reply.done) return;
  step.effects.push({ type: 'cancel-reply', replyId: s.reply.id });
  s.reply = { ...s.reply, done: true };
}

/** Gives up the turn being collected; finals that still come for it are not taken for the next one. */
export function dropTurn(step: Step): void {
  const { s } = step;
  if (s.turn === null) return;
  if (s.turn.finalsDue > 0) {
    if (s.turn.decidedAtMs === null) step.effects.push({ type: 'end-utterance' });
    const stillDue = step.atMs <= s.staleFinals.untilMs ? s.staleFinals.count : 0;
    s.staleFinals = { count: stillDue + s.turn.finalsDue, untilMs: step.atMs + s.profile.turnPolicy.finalTranscriptDeadlineMs };
  }
  s.turn = null;
  disarm(step, 'end-of-turn', 'final-transcript', 'monologue');
}

export function greet(step: Step): void {
  step.s.followUp = { kind: 'listen' };
  prompt(step, step.s.profile.prompts.greeting, 'greeting');
}

/** What comes before we listen to a caller who is silent. False: nothing. */
function speakFirst(step: Step): boolean {
  const { s } = step;
  if (s.digits === '' && announce(step)) return true;
  if (s.doom !== null) { sayFarewell(step); return true; }
  return s.digits === '' && carryOutOrders(step);
}

/** Says what the caller has to know. False: there is nothing. */
export function announce(step: Step): boolean {
  const { announcement } = step.s;
  if (announcement === '') return false;
  step.s.announcement = '';
  prompt(step, announcement, 'notice', false);
  return true;
}

/** Does what was waiting for the words to be heard. */
export function follow(step: Step): void {
  const { s } = step;
  if (announce(step)) return;
  if (s.doom !== null && s.followUp.kind === 'listen') { sayFarewell(step); return; }
  if (carryOutOrders(step)) return;
  const { followUp } = s;
  switch (followUp.kind) {
    case 'listen': listen(step); return;
    case 'greet': greet(step); return;
    case 'transfer': transfer(step, followUp); return;
    case 'connect': leaveTheFloor(step); step.effects.push({ type: 'connect-transfer' }); return;
    case 'escalate': escalate(step, followUp.reason); return;
    case 'finish': close(step); step.effects.push({ type: 'finish', reason: followUp.reason }); return;
    default: unreachable(followUp);
  }
}

function transfer(step: Step, { target, briefing }: Handover): void {
  leaveTheFloor(step);
  step.effects.push({ type: 'transfer', target, ...(briefing === undefined ? {} : { briefing }) });
}

function leaveTheFloor(step: Step): void {
  step.s.phase = { kind: 'transferring' };
  requestDigits(step, null); // whoever comes next is recorded again
  dropTurn(step);
  disarm(step, 'caller-silence', 'stall');
}

/** The floor is free: what was asked for from outside comes before anything else. False: nothing was. */
export function carryOutOrders(step: Step): boolean {
  const { s } = step;
  const { pieces, transfer: handover } = s.orders;
  if (s.doom !== null || (pieces.length === 0 && handover === null)) return false;
  if (pieces.length > 0) {
    s.orders = { ...s.orders, pieces: [] };
    prompt(step, pieces, 'operator');
  } else if (handover !== null) {
    s.orders = NO_ORDERS;
    s.followUp = { kind: 'transfer', ...handover };
    prompt(step, s.profile.prompts.handingOver, 'fallback', false);
  }
  return true;
}

/** A person is asked for. Where the profile names none the caller is told, and the conversation goes on. */
function escalate(step: Step, reason: string): void {
  const { s } = step;
  step.effects.push({ type: 'escalate', reason });
  if (s.profile.fallback !== null) { transfer(step, { target: s.profile.fallback }); return; }
  s.followUp = { kind: 'listen' };
  prompt(step, s.profile.prompts.transferFailed, 'fallback');
}

/** From here on nothing is decided any more. */
export function close(step: Step): void {
  step.s.phase = { kind: 'closed' };
  requestDigits(step, null);
  disarm(step, ...TIMERS);
}

/** The call cannot go on as a conversation: tell the caller as soon as the floor is free, then hand over or let go. */
export function doom(step: Step, reason: TerminationReason): void {
  const { s } = step;
  if (s.doom !== null || s.phase.kind === 'closed') return;
  s.doom = reason;
  if (s.phase.kind === 'transferring' || s.followUp.kind === 'connect') return; // remembered in case the transfer fails
  if (s.followUp.kind !== 'greet') s.followUp = { kind: 'listen' }; // the greeting is said also to those who are let go
  const replying = s.reply !== null && !s.reply.done;
  cancelReply(step);
  if (replying && s.phase.kind === 'speaking') step.effects.push({ type: 'complete-speech', speechId: s.phase.speechId });
  if (s.phase.kind === 'listening' || s.phase.kind === 'thinking') sayFarewell(step);
}

function sayFarewell(step: Step): void {
  const { s } = step;
  const { fallback, prompts } = s.profile;
  const reason = s.doom ?? 'internal_error';
  const handOver = fallback !== null && reason !== 'time_limit' && reason !== 'drained';
  s.followUp = handOver ? { kind: 'transfer', target: fallback } : { kind: 'finish', reason };
  dropTurn(step);
  prompt(step, handOver ? prompts.handingOver : prompts.goodbye, handOver ? 'fallback' : 'goodbye', false);
}
