/** How long recordings are kept where a profile says nothing else. */
export const RETENTION_DAYS_DEFAULT = 30;
export const OPT_OUT_KEY_DEFAULT = '9';

/** Whether and how the calls of an agent are recorded. */
export interface RecordingPolicy {
  readonly mode: 'off' | 'on';
  /** Said first in the call, whole, before anything is recorded. */
  readonly notice: string;
  /** Said to a caller who does not want it. */
  readonly refused: string;
  /** `0-9 * #`. Counts as a refusal unless the agent waits for keys or it is in the middle of an entry. */
  readonly optOutKey: string;
  /** Words of a caller's turn that refuse the recording; compared without case, accents and punctuation. */
  readonly optOutPhrases: readonly string[];
  readonly retentionDays: number;
}

export const NO_RECORDING: RecordingPolicy = {
  mode: 'off', notice: '', refused: '', optOutKey: OPT_OUT_KEY_DEFAULT, optOutPhrases: [], retentionDays: RETENTION_DAYS_DEFAULT,
};

/** What is said about recording, per language. `{key}` in `notice` stands for the opt-out key. */
export interface RecordingWords {
  readonly notice: string;
  readonly refused: string;
  readonly optOutPhrases: readonly string[];
}

/** The notice with the key in it. */
export function noticeWith(notice: string, key: string): string {
  return notice.replaceAll('{key}', key);
}
