import { SCRIPT_DEFAULTS, type CallExpectation, type CallScript, type StepAct } from '../../../src/domain/simulation/script.js';

export const NO_EXPECTATION: CallExpectation = {
  endReason: null, answered: true, causeCode: null, greetingMsMax: null, responseMsP50Max: null, responseMsMax: null,
  stopMsMax: null, gapMsMax: null, transfers: null, heardExactly: false,
};

/** A script of these steps; step n stands on line 10 + n. */
export function aScript(steps: readonly StepAct[], over: Partial<Omit<CallScript, 'steps' | 'expect'>> & { expect?: Partial<CallExpectation> } = {}): CallScript {
  const { expect, ...fields } = over;
  return {
    name: 'a-call', file: 'a-call.yaml', did: '5551000', callerNumber: SCRIPT_DEFAULTS.callerNumber, voice: 'rms', language: 'en-US',
    limitMs: SCRIPT_DEFAULTS.limitMs, ringTimeoutMs: SCRIPT_DEFAULTS.ringTimeoutMs, grammar: [],
    ...fields,
    steps: steps.map((step, index) => ({ ...step, sourceLine: 10 + index })),
    expect: { ...NO_EXPECTATION, ...expect },
  };
}

export const says = (text: string): StepAct => ({ kind: 'say', line: { kind: 'text', text, voice: null }, heard: { kind: 'as-said' } });
export const waitsForAgent = (quietMs = 700, deadlineMs = 10_000, speechMsMax = 30_000): StepAct => ({ kind: 'wait-agent', quietMs, deadlineMs, speechMsMax });
export const interrupts = (afterMs: number, text: string): StepAct => ({ kind: 'interrupt', afterMs, deadlineMs: 10_000, line: { kind: 'text', text, voice: null }, heard: { kind: 'as-said' } });
export const presses = (digits: string): StepAct => ({ kind: 'press', digits, gapMs: 120 });
export const expectsAgent = (text: string, via: 'events' | 'audio' | 'both' = 'events'): StepAct => ({ kind: 'expect-agent', wanted: { kind: 'text', text }, via });
export const waitsForEnd = (deadlineMs = 15_000): StepAct => ({ kind: 'wait-end', deadlineMs });
export const HANGS_UP: StepAct = { kind: 'hang-up' };
export const isSilent = (durationMs: number): StepAct => ({ kind: 'silence', durationMs });
