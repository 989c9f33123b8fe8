import { unreachable } from '../shared/assert.js';
import { replyId } from '../shared/ids.js';
import type { SpeechSource } from './conversation-events.js';
import type { Step, TurnLedger } from './conversation-state.js';
import type { TurnInput } from './effect.js';
import { arm, cancelReply, disarm, doom, follow, prompt, record, requestDigits, watchPlayback } from './floor.js';
import { wholePieces } from './sentence-splitter.js';
import type { ReplyAction, Stimulus } from './stimulus.js';

/* The agent's reply: asked for, arriving piece by piece, late, failed. */

type On<T extends Stimulus['type']> = Extract<Stimulus, { type: T }>;

/** The caller's part of a turn's clock times. */
export type AskTimes = Pick<TurnLedger, 'voiceEndAtMs' | 'decidedAtMs' | 'finalAtMs'>;

export function askAgent(step: Step, input: TurnInput, times: AskTimes): void {
  const { s } = step;
  const { turnPolicy: policy } = s.profile;
  const id = replyId(`r${s.turnIndex}`);
  cancelReply(step);
  s.reply = { id, done: false, words: false, fillers: 0 };
  s.replyText = '';
  s.replyActions = [];
  s.followUp = { kind: 'listen' };
  forgetDigitRequest(step);
  s.phase = { kind: 'thinking' };
  s.ledger = { turnIndex: s.turnIndex, ...times, askedAtMs: step.atMs, firstTextAtMs: null, spokenAtMs: null, firstAudioAtMs: null, playedAtMs: null };
  const ask = { type: 'ask-agent', replyId: id, turnIndex: s.turnIndex, input, heard: s.heard } as const;
  s.heard = null;
  s.unheard = input;
  if (s.agent === 'open') step.effects.push(ask); else s.heldInput = ask;
  disarm(step, 'caller-silence', 'stall');
  arm(step, 'agent-filler', step.atMs + policy.agentFillerMs);
  arm(step, 'agent-deadline', step.atMs + policy.agentDeadlineMs);
}

function forgetDigitRequest(step: Step): void {
  if (step.s.digitRequest !== null) step.effects.push({ type: 'await-digits', awaited: null });
  requestDigits(step, null);
}

export function onAgentOpened(step: Step, on: On<'agent-opened'>): void {
  const { s } = step;
  s.agent = 'open';
  const greeting = wholePieces(on.greeting ?? '').join(' ');
  if ((s.phase.kind === 'opening' || s.followUp.kind === 'greet') && greeting !== '') s.profile = { ...s.profile, prompts: { ...s.profile.prompts, greeting } };
  if (s.heldInput !== null) {
    step.effects.push(s.heldInput);
    s.heldInput = null;
  }
}

/** Without an agent the greeting is still said; then the caller is handed over. */
export function onAgentUnreachable(step: Step, on: On<'agent-unreachable'>): void {
  const { s } = step;
  s.agent = 'lost';
  s.heldInput = null;
  record(step, { type: 'error.llm_failed', code: on.code, turnIndex: s.turnIndex });
  doom(step, 'agent_failed');
}

/** Results of a reply that was cancelled or is over are dropped here, in one place. */
function isCurrent(step: Step, id: string): boolean {
  return step.s.reply?.id === id && !step.s.reply.done;
}

export function onReplyText(step: Step, on: On<'reply-text'>): void {
  const { s } = step;
  if (!isCurrent(step, on.replyId) || s.reply === null || on.text.trim() === '') return;
  const speechId = replySpeech(step, 'agent', on.interruptible);
  if (!s.reply.words) {
    s.reply = { ...s.reply, words: true };
    if (s.ledger !== null) s.ledger = { ...s.ledger, firstTextAtMs: step.atMs, spokenAtMs: step.atMs };
  }
  disarm(step, 'agent-filler');
  arm(step, 'agent-deadline', step.atMs + s.profile.turnPolicy.agentDeadlineMs); // it must not fall silent half way either
  s.replyText = s.replyText === '' ? on.text : `${s.replyText} ${on.text}`;
  step.effects.push({ type: 'speak', speechId, text: on.text, source: 'agent' });
}

/** The speech that carries the reply: the one running (a filler becomes its beginning), or a new one. */
function replySpeech(step: Step, source: SpeechSource, interruptible: boolean): number {
  const { s } = step;
  if (s.phase.kind === 'speaking') {
    s.phase = { ...s.phase, source, interruptible: s.phase.interruptible && interruptible };
  } else {
    s.speechCount += 1;
    s.phase = { kind: 'speaking', speechId: s.speechCount, source, interruptible, startedAtMs: null, readyAtMs: step.atMs, playsUntilMs: step.atMs };
  }
  watchPlayback(step);
  return s.phase.speechId;
}

/** Actions wait until the words before them were heard. The last one that moves the call wins. */
export function onReplyAction(step: Step, on: On<'reply-action'>): void {
  const { s } = step;
  if (!isCurrent(step, on.replyId)) return;
  s.replyActions = [...s.replyActions, on.action.type];
  plan(step, on.action);
}

function plan(step: Step, action: ReplyAction): void {
  const { s } = step;
  switch (action.type) {
    case 'collect-digits': requestDigits(step, action.digits); return; // digits typed ahead stay
    case 'transfer': s.followUp = { ...action, kind: 'transfer' }; return;
    case 'hangup': s.followUp = { kind: 'finish', reason: 'agent_hangup' }; return;
    case 'escalate': s.followUp = { kind: 'escalate', reason: action.reason }; return;
    default: unreachable(action);
  }
}

export function onReplyDone(step: Step, on: On<'reply-done'>): void {
  const { s } = step;
  if (!isCurrent(step, on.replyId)) return;
  if (s.reply?.words !== true && s.replyActions.length === 0) { replyFailed(step, 'agent/empty-reply', false); return; }
  s.agentFailures = 0;
  record(step, {
    type: 'llm.responded', turnIndex: s.turnIndex, text: s.replyText, actions: s.replyActions,
    ...replyTimes(step),
  });
  if (s.digitRequest !== null) step.effects.push({ type: 'await-digits', awaited: { request: s.digitRequest, question: s.replyText } });
  endReply(step);
}

function replyTimes({ s, atMs }: Step): { firstTextMs: number | null; totalMs: number } {
  if (s.ledger === null) return { firstTextMs: null, totalMs: 0 };
  const { askedAtMs, firstTextAtMs } = s.ledger;
  return { firstTextMs: firstTextAtMs === null ? null : firstTextAtMs - askedAtMs, totalMs: atMs - askedAtMs };
}

/** The reply will bring nothing more: let its speech run out, or go on at once when it has none. */
function endReply(step: Step): void {
  const { s } = step;
  settleReply(step);
  if (s.phase.kind === 'speaking') step.effects.push({ type: 'complete-speech', speechId: s.phase.speechId });
  else if (s.phase.kind === 'thinking') {
    s.unheard = null; // there was nothing to hear
    // The caller will wait for a person who is asked first: he is told.
    if (s.followUp.kind === 'transfer' && s.followUp.briefing !== undefined) prompt(step, s.profile.prompts.handingOver, 'fallback', false);
    else follow(step);
  }
}

function settleReply(step: Step): void {
  const { s } = step;
  if (s.reply !== null) s.reply = { ...s.reply, done: true };
  s.heldInput = null;
  disarm(step, 'agent-filler', 'agent-deadline');
}

export function onReplyFailed(step: Step, on: On<'reply-failed'>): void {
  if (isCurrent(step, on.replyId)) replyFailed(step, on.code, on.timeout);
}

export function onAgentFiller(step: Step): void {
  const { s } = step;
  if (s.reply === null || s.reply.done || (s.phase.kind !== 'thinking' && s.phase.kind !== 'speaking')) return;
  const { oneMoment, stillWorking } = s.profile.prompts;
  const text = s.reply.fillers === 0 ? oneMoment : stillWorking;
  if (text === '') return;
  s.reply = { ...s.reply, fillers: s.reply.fillers + 1 };
  const speechId = replySpeech(step, s.phase.kind === 'speaking' ? s.phase.source : 'filler', true);
  step.effects.push({ type: 'speak', speechId, text, source: 'filler' });
}

export function onAgentDeadline(step: Step): void {
  const { s } = step;
  if (s.reply === null || s.reply.done) return;
  step.effects.push({ type: 'cancel-reply', replyId: s.reply.id });
  replyFailed(step, 'agent/deadline', true);
}

/** A reply that had begun is let run out; one that had not is replaced by an apology; too many in a row end the attempt. */
function replyFailed(step: Step, code: string, timeout: boolean): void {
  const { s } = step;
  record(step, { type: timeout ? 'error.llm_timeout' : 'error.llm_failed', code, turnIndex: s.turnIndex });
  s.agentFailures += 1;
  s.followUp = { kind: 'listen' };
  const spoken = s.reply?.words === true;
  const running = s.phase.kind === 'speaking' ? s.phase.speechId : null;
  settleReply(step);
  if (s.agentFailures >= s.profile.turnPolicy.agentFailuresMax) doom(step, 'agent_failed');
  else if (!spoken) apologise(step);
  if (running !== null) step.effects.push({ type: 'complete-speech', speechId: running });
}

function apologise(step: Step): void {
  const { s } = step;
  const text = s.profile.prompts.agentFailed;
  if (s.phase.kind !== 'speaking') { prompt(step, text, 'fallback'); return; }
  if (text === '') return;
  // A filler is running: the apology follows it in the same breath.
  const speechId = replySpeech(step, 'fallback', true);
  step.effects.push({ type: 'speak', speechId, text, source: 'fallback' });
}

/** Transfers that may fail before the agent is no longer asked what to do: it might ask for the same again for ever. */
const TRANSFER_FAILURES_MAX = 2;

export function onTransferFailed(step: Step, on: On<'transfer-failed'>): void {
  const { s } = step;
  if (s.phase.kind !== 'transferring') return;
  const { prompts } = s.profile;
  s.transferFailures += 1;
  if (s.doom !== null) {
    s.followUp = { kind: 'finish', reason: s.doom };
    prompt(step, [prompts.transferFailed, prompts.goodbye], 'goodbye', false);
  } else if (s.transferFailures >= TRANSFER_FAILURES_MAX) {
    s.followUp = { kind: 'listen' };
    prompt(step, prompts.transferFailed, 'fallback');
  } else {
    s.turnIndex += 1;
    askAgent(step, { kind: 'transfer-failed', reason: on.reason }, { voiceEndAtMs: null, decidedAtMs: null, finalAtMs: null });
  }
}
