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
