import { PortError, type PortErrorKind } from '../../../application/ports/port-error.js';

/** Their typed errors (elevenlabs.io, realtime speech to text: `message_type`; text to speech: `error`). Others are `unavailable`. */
const MEANINGS: Readonly<Record<string, readonly [what: string, kind: PortErrorKind]>> = {
  auth_error: ['unauthorised', 'rejected'],
  invalid_api_key: ['unauthorised', 'rejected'],
  unaccepted_terms: ['unauthorised', 'rejected'],
  quota_exceeded: ['quota-exceeded', 'rate-limited'],
  rate_limited: ['rate-limited', 'rate-limited'],
  commit_throttled: ['rate-limited', 'rate-limited'],
  queue_overflow: ['rate-limited', 'rate-limited'],
  resource_exhausted: ['rate-limited', 'rate-limited'],
  input_error: ['rejected', 'rejected'],
  chunk_size_exceeded: ['rejected', 'rejected'],
  voice_id_does_not_exist: ['unknown-voice', 'rejected'],
};

/** Types of messages that are errors of the recogniser. */
export const ERROR_TYPES: ReadonlySet<string> = new Set([
  ...Object.keys(MEANINGS), 'error', 'session_time_limit_exceeded', 'insufficient_audio_activity', 'transcriber_error',
]);

/** What the provider said went wrong, in the port's words. `type` is theirs. */
export function elevenLabsFailure(port: string, type: string): PortError {
  const [what, kind] = MEANINGS[type] ?? ['unavailable', 'unavailable'];
  return new PortError(`elevenlabs: ${type.slice(0, 100)}`, { code: `${port}/${what}`, kind, retryable: kind !== 'rejected' && what !== 'quota-exceeded' });
}
