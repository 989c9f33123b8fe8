import type { Step } from './conversation-state.js';
import { announce, disarm } from './floor.js';
import type { Stimulus } from './stimulus.js';

/* What the caller has to know whatever the conversation is at. Nobody is talked over: it waits for the floor. */

export function onAnnouncement(step: Step, on: Extract<Stimulus, { type: 'announcement' }>): void {
  const { s } = step;
  s.announcement = on.text;
  if (s.phase.kind === 'speaking' && s.phase.source === 'notice') { // what the notice says is no longer true
    disarm(step, 'stall');
    step.effects.push({ type: 'stop-speaking', speechId: s.phase.speechId });
  } else if (s.phase.kind === 'listening' && !s.callerVoice && s.turn === null && s.digits === '') announce(step);
}
