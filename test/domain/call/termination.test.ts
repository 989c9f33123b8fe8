import { expect } from 'chai';
import { TERMINATIONS, termination, type TerminationReason, type TerminationResult } from '../../../src/domain/call/termination.js';

describe('termination', () => {
  // Operators alarm on results and analysts count reasons: changing a line here changes their world, so it is written down twice.
  const expected: Record<TerminationResult, readonly TerminationReason[]> = {
    success: ['caller_hangup', 'agent_hangup', 'transferred', 'api_hangup', 'caller_silent', 'time_limit', 'drained'],
    indeterminate: ['abandoned', 'lost'],
    client_error: ['unknown_did', 'tenant_inactive', 'tenant_limit', 'busy', 'no_answer', 'rejected', 'unreachable'],
    server_error: ['node_limit', 'overloaded', 'draining', 'internal_error'],
    upstream_error: ['directory_failed', 'setup_failed', 'media_lost', 'agent_failed', 'speech_failed'],
  };

  for (const [result, reasons] of Object.entries(expected)) {
    for (const reason of reasons) {
      it(`${reason} is laid to: ${result}`, () => {
        expect(termination(reason)).to.deep.equal({ result, reason });
      });
    }
  }

  it('knows no reason without a result', () => {
    expect(Object.keys(TERMINATIONS).sort()).to.deep.equal(Object.values(expected).flat().sort());
  });
});
