import { unreachable } from '../shared/assert.js';
import {
  onCallerHeld, onCallerPaused, onCallerResumed, onCallerSilence, onCallerStarted, onEndOfTurn, onFinalTranscriptLate, onPlaybackStopped,
  onCallerSustained, onRecogniserLost, onTranscriptFinal, onTranscriptPartial,
} from './caller-floor.js';
import type { ConversationState, Step } from './conversation-state.js';
import type { Effect } from './effect.js';
import { close, doom, greet, prompt } from './floor.js';
import { onAnnouncement } from './announcement.js';
import { onDigit, onInterDigit } from './keypad.js';
import { onOrderedTransfer, onOrderedWords, onTransferAccepted } from './orders.js';
import { onAudioComplete, onAudioReady, onCallEnded, onPlaybackFinished, onPlaybackStarted, onStall, onSynthesisFailed } from './playback.js';
import {
  onAgentDeadline, onAgentFiller, onAgentOpened, onAgentUnreachable, onReplyAction, onReplyDone, onReplyFailed, onReplyText, onTransferFailed,
} from './reply.js';
import type { Stimulus, TimerName } from './stimulus.js';

export interface Decision {
  readonly state: ConversationState;
  readonly effects: readonly Effect[];
}

/**
 * What to do about `stimulus`: a pure function of what is known. The same inputs give the same decision, so a recorded call
 * can be replayed; time enters only as `stimulus.atMs`. A closed conversation decides nothing.
 */
export function decide(state: ConversationState, stimulus: Stimulus): Decision {
  if (state.phase.kind === 'closed') return { state, effects: [] };
  const step: Step = { s: { ...state }, atMs: stimulus.atMs, effects: [] };
  react(step, stimulus);
  return { state: step.s, effects: step.effects };
}

/* A table, not logic: one line per stimulus. */
// eslint-disable-next-line complexity -- the dispatch over a closed union is as wide as the union
function react(step: Step, stimulus: Stimulus): void {
  switch (stimulus.type) {
    case 'media-ready': begin(step, stimulus.notice ?? ''); return;
    case 'announcement': onAnnouncement(step, stimulus); return;
    case 'agent-opened': onAgentOpened(step, stimulus); return;
    case 'agent-unreachable': onAgentUnreachable(step, stimulus); return;
    case 'caller-started': onCallerStarted(step, stimulus); return;
    case 'caller-sustained': onCallerSustained(step, stimulus); return;
    case 'caller-paused': onCallerPaused(step, stimulus); return;
    case 'caller-held': onCallerHeld(step); return;
    case 'caller-resumed': onCallerResumed(step); return;
    case 'transcript-partial': onTranscriptPartial(step, stimulus); return;
    case 'transcript-final': onTranscriptFinal(step, stimulus); return;
    case 'recogniser-lost': onRecogniserLost(step, stimulus); return;
    case 'digit': onDigit(step, stimulus); return;
    case 'reply-text': onReplyText(step, stimulus); return;
    case 'reply-action': onReplyAction(step, stimulus); return;
    case 'reply-done': onReplyDone(step, stimulus); return;
    case 'reply-failed': onReplyFailed(step, stimulus); return;
    case 'audio-ready': onAudioReady(step, stimulus); return;
    case 'audio-complete': onAudioComplete(step, stimulus); return;
    case 'synthesis-failed': onSynthesisFailed(step, stimulus); return;
    case 'playback-started': onPlaybackStarted(step, stimulus); return;
    case 'playback-finished': onPlaybackFinished(step, stimulus); return;
    case 'playback-stopped': onPlaybackStopped(step, stimulus); return;
    case 'transfer-accepted': onTransferAccepted(step); return;
    case 'ordered-words': onOrderedWords(step, stimulus); return;
    case 'ordered-transfer': onOrderedTransfer(step, stimulus); return;
    case 'transfer-done': close(step); return;
    case 'transfer-failed': onTransferFailed(step, stimulus); return;
    case 'timer': onTimer(step, stimulus.timer); return;
    case 'wind-up': doom(step, stimulus.reason); return;
    case 'call-ended': onCallEnded(step, stimulus); return;
    default: unreachable(stimulus);
  }
}

function onTimer(step: Step, timer: TimerName): void {
  switch (timer) {
    case 'end-of-turn': case 'monologue': onEndOfTurn(step); return;
    case 'final-transcript': onFinalTranscriptLate(step); return;
    case 'caller-silence': onCallerSilence(step); return;
    case 'inter-digit': onInterDigit(step); return;
    case 'agent-filler': onAgentFiller(step); return;
    case 'agent-deadline': onAgentDeadline(step); return;
    case 'stall': onStall(step); return;
    default: unreachable(timer);
  }
}

/** A caller who heard nothing for longer wonders whether anybody is there. */
const GAP_NOTICED_MS = 2000;

/** The first words of the call are ours, unless there are none. A notice comes before all, and cannot be interrupted. */
function begin(step: Step, notice: string): void {
  const { phase, resumption, profile: { prompts } } = step.s;
  if (phase.kind !== 'opening') return;
  if (step.s.digitRequest?.secure === true) step.effects.push({ type: 'sensitive', on: true }); // of a former process
  if (resumption === null && notice !== '') {
    step.s.followUp = { kind: 'greet' };
    prompt(step, notice, 'notice', false);
  } else if (resumption === null) greet(step);
  else prompt(step, [resumption.gapMs > GAP_NOTICED_MS ? prompts.resumed : '', resumption.awaitedDigits?.question ?? ''], 'resumption');
}
