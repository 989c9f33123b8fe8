import type { TurnLatency } from './conversation-events.js';
import type { Step, TurnLedger } from './conversation-state.js';
import { arm, cancelReply, close, doom, follow, prompt, record, watchPlayback } from './floor.js';
import type { Stimulus } from './stimulus.js';

/* The agent's voice: rendered, played, and what the caller heard of it. */

type On<T extends Stimulus['type']> = Extract<Stimulus, { type: T }>;

export function onAudioReady(step: Step, on: On<'audio-ready'>): void {
  const { s } = step;
  if (s.phase.kind !== 'speaking' || s.phase.speechId !== on.speechId) return;
  s.phase = { ...s.phase, readyAtMs: step.atMs };
  if (s.ledger?.firstAudioAtMs === null && on.source === 'agent') s.ledger = { ...s.ledger, firstAudioAtMs: step.atMs };
  watchPlayback(step);
}

export function onAudioComplete(step: Step, on: On<'audio-complete'>): void {
  const { s } = step;
  record(step, { type: 'tts.generated', turnIndex: s.turnIndex, text: on.text, source: on.source, firstAudioMs: on.firstAudioMs, audioMs: on.audioMs });
  if (on.source === 'agent') s.synthesisFailures = 0;
  if (s.phase.kind !== 'speaking' || s.phase.speechId !== on.speechId) return;
  const playsUntilMs = Math.max(s.phase.playsUntilMs, s.phase.readyAtMs) + on.audioMs;
  s.phase = { ...s.phase, playsUntilMs };
  watchPlayback(step);
  // The reply goes on, but nothing more of it is here: the caller is not left waiting in silence for long.
  if (s.reply?.done === false) arm(step, 'agent-filler', playsUntilMs + s.profile.turnPolicy.agentFillerMs);
}

export function onPlaybackStarted(step: Step, on: On<'playback-started'>): void {
  const { s } = step;
  if (s.phase.kind !== 'speaking' || s.phase.speechId !== on.speechId) return;
  if (s.phase.startedAtMs === null) {
    s.phase = { ...s.phase, startedAtMs: step.atMs };
    if (s.ledger?.playedAtMs === null) s.ledger = { ...s.ledger, playedAtMs: step.atMs };
  }
  watchPlayback(step);
}

export function onPlaybackFinished(step: Step, on: On<'playback-finished'>): void {
  const { s } = step;
  if (s.phase.kind !== 'speaking' || s.phase.speechId !== on.speechId) return;
  const { source } = s.phase;
  completeTurn(step, on.said, on.heard, false);
  if (source === 'agent' || source === 'greeting') s.heard = { text: on.heard, interrupted: false };
  const mute = source === 'agent' && on.said !== '' && on.heard === '';
  // The reply found no voice at all. A prompt may still have one: it was rendered at start.
  if (mute && s.doom === null && s.followUp.kind === 'listen') prompt(step, s.profile.prompts.agentFailed, 'fallback');
  else follow(step);
}

/** The caller is gone, perhaps in the middle of our words: what they heard of them is still worth knowing. */
export function onCallEnded(step: Step, on: On<'call-ended'>): void {
  const { phase } = step.s;
  if (phase.kind === 'speaking' && phase.startedAtMs !== null) completeTurn(step, on.said, on.heard, on.heard !== on.said);
  close(step);
}

/** Closes the books of a speech: what was said, what was heard, where the time went. `heard` leaves out fillers. */
export function completeTurn(step: Step, said: string, heard: string, interrupted: boolean): void {
  const { s } = step;
  if (s.phase.kind !== 'speaking') return;
  record(step, {
    type: 'turn.completed', turnIndex: s.turnIndex, source: s.phase.source, said, heard, interrupted,
    startedAtMs: s.phase.startedAtMs ?? step.atMs, endedAtMs: step.atMs, latency: s.ledger === null ? null : latencyOf(s.ledger),
  });
  s.ledger = null;
  if (heard !== '') s.unheard = null;
}

function latencyOf(ledger: TurnLedger): TurnLatency {
  const between = (from: number | null, to: number | null): number | null => (from === null || to === null ? null : Math.max(0, to - from));
  return {
    endpointMs: between(ledger.voiceEndAtMs, ledger.decidedAtMs),
    sttFinalMs: between(ledger.decidedAtMs, ledger.finalAtMs),
    agentFirstTextMs: between(ledger.askedAtMs, ledger.firstTextAtMs),
    ttsFirstAudioMs: between(ledger.spokenAtMs, ledger.firstAudioAtMs),
    playoutMs: between(ledger.firstAudioAtMs, ledger.playedAtMs),
    totalMs: between(ledger.voiceEndAtMs, ledger.playedAtMs),
  };
}

/** One sentence without a voice is skipped; the second in a row means that we cannot speak. */
export function onSynthesisFailed(step: Step, on: On<'synthesis-failed'>): void {
  const { s } = step;
  record(step, { type: 'error.tts_failed', code: on.code, turnIndex: s.turnIndex });
  s.synthesisFailures += 1;
  if (s.synthesisFailures >= 2) doom(step, 'speech_failed');
}

/** Something should have happened long ago: free the floor rather than leave the caller in silence. */
export function onStall(step: Step): void {
  const { s } = step;
  if (s.phase.kind !== 'speaking') return;
  cancelReply(step);
  step.effects.push({ type: 'stop-speaking', speechId: s.phase.speechId });
}
