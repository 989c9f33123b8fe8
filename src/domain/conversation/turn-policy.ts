/**
 * Who may speak when: the thresholds of the turn engine as data. Values and their sources are discussed in
 * docs/adr/0004-turn-engine.md; every one can be set per agent profile.
 */
export interface TurnPolicy {
  /** Voiced time before caller speech is believed at all. */
  readonly speechOnsetMs: number;
  /** Unvoiced time after which a pause is reported by the media thread. */
  readonly pauseMs: number;
  /** Silence since the last voiced frame that ends a turn. */
  readonly endOfTurnSilenceMs: number;
  /** Voiced time, pauses not counted, that stops an agent who speaks or thinks: shorter sounds do not. */
  readonly bargeInMs: number;
  /** Wait for the final transcript after the end of the turn; then the last partial is used. */
  readonly finalTranscriptDeadlineMs: number;
  /** Silence of the caller, after the agent finished, before the silence prompt. */
  readonly callerSilenceMs: number;
  /** Silence prompts before the call is handed over or ended. */
  readonly silencePromptsMax: number;
  /** No first text of the agent by then: the "one moment" prompt. No word for the same time while its reply is under way: "still working". */
  readonly agentFillerMs: number;
  /** No first text by then: the reply is abandoned and the fallback is said. */
  readonly agentDeadlineMs: number;
  /** Failed replies in a row before the caller is handed over. */
  readonly agentFailuresMax: number;
  /** No audio for a sentence by then: the synthesis is abandoned. */
  readonly synthesisDeadlineMs: number;
  /** Nothing happens at all although something should: recover or end. */
  readonly stallMs: number;
  /** Digits outside a collection are taken as entered after this pause. */
  readonly interDigitMs: number;
  /** A caller who speaks longer than this is answered anyway. */
  readonly monologueMaxMs: number;
}

export const DEFAULT_TURN_POLICY: TurnPolicy = {
  speechOnsetMs: 80,
  pauseMs: 200,
  endOfTurnSilenceMs: 500,
  bargeInMs: 200,
  finalTranscriptDeadlineMs: 1500,
  callerSilenceMs: 5000,
  silencePromptsMax: 3,
  agentFillerMs: 1500,
  agentDeadlineMs: 10_000,
  agentFailuresMax: 2,
  synthesisDeadlineMs: 2000,
  stallMs: 20_000,
  interDigitMs: 1500,
  monologueMaxMs: 45_000,
};

/** What each may be set to, both ends included; all are whole numbers. Beyond them a caller would wait for ever, or never be waited for. */
export const TURN_POLICY_RANGES: Readonly<Record<keyof TurnPolicy, { readonly min: number; readonly max: number }>> = {
  speechOnsetMs: { min: 20, max: 1000 },
  pauseMs: { min: 40, max: 2000 },
  endOfTurnSilenceMs: { min: 100, max: 10_000 },
  bargeInMs: { min: 20, max: 5000 },
  finalTranscriptDeadlineMs: { min: 100, max: 10_000 },
  callerSilenceMs: { min: 500, max: 120_000 },
  silencePromptsMax: { min: 0, max: 10 },
  agentFillerMs: { min: 100, max: 60_000 },
  agentDeadlineMs: { min: 500, max: 120_000 },
  agentFailuresMax: { min: 1, max: 10 },
  synthesisDeadlineMs: { min: 100, max: 30_000 },
  stallMs: { min: 1000, max: 120_000 },
  interDigitMs: { min: 200, max: 30_000 },
  monologueMaxMs: { min: 1000, max: 600_000 },
};
