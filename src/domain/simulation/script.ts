/** How what the agent said is found out: from the gateway's events, from recognising the audio that really arrived, or both. */
export type Via = 'events' | 'audio' | 'both';

/** What the caller says. */
export type Line =
  | { readonly kind: 'text'; readonly text: string; readonly voice: string | null }
  /** A mono 16-bit WAV; `text` is what is said in it, if the author told. */
  | { readonly kind: 'wav'; readonly file: string; readonly text: string | null };

/** What one step does. Pure data: the step machine runs it. */
export type StepAct =
  | { readonly kind: 'wait-agent'; readonly quietMs: number; readonly deadlineMs: number; readonly speechMsMax: number }
  | { readonly kind: 'say'; readonly line: Line; readonly heard: ExpectedHearing }
  | { readonly kind: 'press'; readonly digits: string; readonly gapMs: number }
  | { readonly kind: 'interrupt'; readonly afterMs: number; readonly deadlineMs: number; readonly line: Line; readonly heard: ExpectedHearing }
  | { readonly kind: 'silence'; readonly durationMs: number }
  | { readonly kind: 'hang-up' }
  | { readonly kind: 'expect-agent'; readonly wanted: Wanted; readonly via: Via }
  | { readonly kind: 'wait-end'; readonly deadlineMs: number };

/** What the gateway should have recognised of a line: the line itself, another text, or nothing in particular. */
export type ExpectedHearing = { readonly kind: 'as-said' } | { readonly kind: 'text'; readonly text: string } | { readonly kind: 'any' };

/** What the agent should have said: these words in this order among others, or text that a regular expression (flags `iu`) finds. */
export type Wanted = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'pattern'; readonly pattern: string };

/** A step with the line of the script it stands on, for messages. */
export type Step = StepAct & { readonly sourceLine: number };

/** What must be true of the whole call; null is not looked at. */
export interface CallExpectation {
  readonly endReason: string | null;
  readonly answered: boolean;
  readonly causeCode: number | null;
  readonly greetingMsMax: number | null;
  readonly responseMsP50Max: number | null;
  readonly responseMsMax: number | null;
  readonly stopMsMax: number | null;
  readonly gapMsMax: number | null;
  /** Targets of transfers in order; null is not looked at, an empty list forbids them. */
  readonly transfers: readonly string[] | null;
  /** The gateway recognised each line as it was said (see `ExpectedHearing`). */
  readonly heardExactly: boolean;
}

/** One call to place. */
export interface CallScript {
  readonly name: string;
  readonly file: string;
  readonly did: string;
  readonly callerNumber: string;
  readonly voice: string;
  readonly language: string;
  readonly limitMs: number;
  readonly ringTimeoutMs: number;
  /** Further sentences this agent may say: the recogniser of its audio must tell the expected ones from them. */
  readonly grammar: readonly string[];
  readonly steps: readonly Step[];
  readonly expect: CallExpectation;
}

/** Values where a script says nothing. */
export const SCRIPT_DEFAULTS = {
  callerNumber: '4930777001',
  voice: 'rms',
  language: 'en-US',
  limitMs: 120_000,
  ringTimeoutMs: 15_000,
  /** Longer than the pause between two sentences of one reply, shorter than a silence prompt. */
  quietMs: 700,
  agentDeadlineMs: 10_000,
  agentSpeechMsMax: 30_000,
  endDeadlineMs: 15_000,
  /** Asterisk takes 300 ms for a key, the pause after it included: faster ones would only queue, and the time of the last be unknown. */
  digitGapMs: 220,
} as const;

/** The steps in which the caller makes himself heard. */
export type CallerStep = Extract<Step, { kind: 'say' | 'press' | 'interrupt' }>;

export function isCallerStep(step: Step): step is CallerStep {
  return step.kind === 'say' || step.kind === 'press' || step.kind === 'interrupt';
}

/** A step as a message names it. */
export function stepName(script: CallScript, index: number): string {
  const step = script.steps[index];
  return step === undefined ? 'after the last step' : `step ${index + 1} (${script.file}:${step.sourceLine}, ${step.kind})`;
}
