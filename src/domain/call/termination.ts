/** Who a call's end is to be laid to; the label that operators alarm on. */
export type TerminationResult = 'success' | 'client_error' | 'server_error' | 'upstream_error' | 'indeterminate';

/** Every reason a call can end for, each with its one result. Also the metric label and the `end_reason` of the call record. */
export const TERMINATIONS = {
  caller_hangup: 'success',
  agent_hangup: 'success',
  transferred: 'success',
  api_hangup: 'success', // somebody with the right to has ended it
  caller_silent: 'success',
  time_limit: 'success',
  drained: 'success',
  abandoned: 'indeterminate', // the caller left before we answered
  lost: 'indeterminate', // Asterisk no longer knows the call, or knows it as another one
  unknown_did: 'client_error',
  tenant_inactive: 'client_error',
  tenant_limit: 'client_error',
  busy: 'client_error', // this and the next three: of calls that we place
  no_answer: 'client_error',
  rejected: 'client_error',
  unreachable: 'client_error', // there is no such number, or no way to it now
  node_limit: 'server_error',
  overloaded: 'server_error',
  draining: 'server_error',
  internal_error: 'server_error',
  directory_failed: 'upstream_error',
  setup_failed: 'upstream_error', // answering or opening media failed
  media_lost: 'upstream_error',
  agent_failed: 'upstream_error',
  speech_failed: 'upstream_error',
} as const satisfies Record<string, TerminationResult>;

export type TerminationReason = keyof typeof TERMINATIONS;

export interface Termination {
  readonly result: TerminationResult;
  readonly reason: TerminationReason;
}

export function termination(reason: TerminationReason): Termination {
  return { result: TERMINATIONS[reason], reason };
}
