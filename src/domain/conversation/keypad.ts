import { takeFloor } from './caller-floor.js';
import type { Step } from './conversation-state.js';
import { digitEntry } from './digit-entry.js';
import type { TurnInput } from './effect.js';
import { awaitDigit, disarm, dropTurn, follow, record } from './floor.js';
import { askAgent } from './reply.js';
import type { Stimulus } from './stimulus.js';

/* Keys: collected into entries, typed ahead, taken as an interruption. */

type On<T extends Stimulus['type']> = Extract<Stimulus, { type: T }>;

/** A key: it interrupts like a word, ends the silence, and is collected until the entry is complete. */
export function onDigit(step: Step, on: On<'digit'>): void {
  const { s } = step;
  if (s.phase.kind === 'opening' || s.phase.kind === 'transferring' || isSpent(step, on.digit)) return;
  disarm(step, 'caller-silence');
  s.digits += on.digit;
  if (s.phase.kind === 'speaking') { takeFloor(step, step.atMs); return; }
  if (s.phase.kind === 'thinking') return; // typed ahead: taken up when the agent listens again
  if (digitEntry(s.digits, s.digitRequest).full) enterDigits(step);
  else awaitDigit(step);
}

/** The `#` after an entry that was complete without it. */
function isSpent({ s }: Step, digit: string): boolean {
  const spent = s.spentTerminator === digit && s.digits === '';
  s.spentTerminator = null;
  return spent;
}

export function onInterDigit(step: Step): void {
  if (step.s.digits !== '' && step.s.phase.kind === 'listening') enterDigits(step);
}

function enterDigits(step: Step): void {
  const { s } = step;
  const { digitRequest: request } = s;
  const entry = digitEntry(s.digits, request);
  disarm(step, 'inter-digit');
  s.digits = entry.rest;
  dropTurn(step);
  if (s.doom !== null || s.orders.transfer !== null) { follow(step); return; }
  s.spentTerminator = entry.terminated ? null : request?.terminator ?? null;
  s.turnIndex += 1;
  s.silenceAttempts = 0;
  s.notUnderstoodAttempts = 0;
  s.transferFailures = 0;
  record(step, {
    type: 'stt.transcribed', turnIndex: s.turnIndex, text: '', confidence: null, via: 'digits', digitCount: entry.digits.length,
    startAtMs: step.atMs, endAtMs: step.atMs,
  });
  askAgent(step, inputOf(step, entry.digits), { voiceEndAtMs: step.atMs, decidedAtMs: step.atMs, finalAtMs: step.atMs });
}

/** In secure mode the digits go away at once: what is left of them here is the name of their seal. */
function inputOf({ s, effects }: Step, digits: string): TurnInput {
  const { digitRequest: request } = s;
  const complete = digits.length >= (request?.min ?? 1);
  if (request?.secure !== true) return { kind: 'digits', digits, complete, ...(request === null ? { unasked: true } : {}) };
  effects.push({ type: 'seal-digits', sealId: s.turnIndex, digits });
  return { kind: 'sealed-digits', sealId: s.turnIndex, complete };
}
