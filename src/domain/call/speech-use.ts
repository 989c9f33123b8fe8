/** What a call has used of one speech provider: the units that providers charge for. */
export interface SpeechUse {
  /** Name of the account, `local` for the engines of this process. */
  readonly provider: string;
  /** Audio given to its recogniser, what was given again after a failure included. */
  readonly recognisedMs: number;
  /** Characters given to its synthesiser. Fixed prompts that were in memory are not among them. */
  readonly synthesisedCharacters: number;
}
