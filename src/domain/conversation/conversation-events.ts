/** Where the time of one turn went, milliseconds; null where the stage did not happen. */
export interface TurnLatency {
  /** End of caller speech → turn decided to be over. */
  readonly endpointMs: number | null;
  /** Turn over → final transcript. */
  readonly sttFinalMs: number | null;
  /** Agent asked → first text of the reply. */
  readonly agentFirstTextMs: number | null;
  /** First sentence given to synthesis → its first audio. */
  readonly ttsFirstAudioMs: number | null;
  /** First audio → handed to the network. */
  readonly playoutMs: number | null;
  /** End of caller speech → first agent audio handed to the network. */
  readonly totalMs: number | null;
}

/** What was said, heard and how fast. */
export type ConversationEvent =
  /** One turn of the caller. `startAtMs`/`endAtMs` are clock times of the voice. */
  | { readonly type: 'stt.transcribed'; readonly turnIndex: number; readonly text: string; readonly confidence: number | null; readonly via: 'speech' | 'digits'; readonly digitCount: number; readonly startAtMs: number; readonly endAtMs: number }
  /** What an earlier event (`sequence`) told is another text now: a number in it has turned out to be a card number. Replaces its text and what was heard of it. */
  | { readonly type: 'stt.corrected'; readonly turnIndex: number; readonly speaker: 'caller' | 'agent'; readonly sequence: number; readonly text: string; readonly heard: string }
  /** So many parts of what was just told are hidden: card numbers, codes, expiry dates. */
  | { readonly type: 'pci.masked'; readonly turnIndex: number; readonly count: number }
  | { readonly type: 'llm.responded'; readonly turnIndex: number; readonly text: string; readonly actions: readonly string[]; readonly firstTextMs: number | null; readonly totalMs: number }
  /** A piece of speech was put out. `source` tells fixed prompts from the agent's words. */
  | { readonly type: 'tts.generated'; readonly turnIndex: number; readonly text: string; readonly source: SpeechSource; readonly firstAudioMs: number; readonly audioMs: number }
  /** A reply (or prompt) is over: what the caller heard of it. `latency` is null for prompts nobody asked for. */
  | { readonly type: 'turn.completed'; readonly turnIndex: number; readonly source: SpeechSource; readonly said: string; readonly heard: string; readonly interrupted: boolean; readonly startedAtMs: number; readonly endedAtMs: number; readonly latency: TurnLatency | null }
  | { readonly type: 'caller.interrupted'; readonly turnIndex: number; readonly onsetAtMs: number; readonly stopMs: number; readonly heard: string }
  | { readonly type: 'caller.silent'; readonly attempt: number }
  | { readonly type: 'error.stt_failed'; readonly code: string }
  | { readonly type: 'error.llm_timeout'; readonly code: string; readonly turnIndex: number }
  | { readonly type: 'error.llm_failed'; readonly code: string; readonly turnIndex: number }
  | { readonly type: 'error.tts_failed'; readonly code: string; readonly turnIndex: number };

/** `notice`: about recording. */
export type SpeechSource = 'notice' | 'greeting' | 'resumption' | 'agent' | 'filler' | 'silence' | 'not-understood' | 'fallback' | 'goodbye' | 'operator';
