import type { CallId } from '../../domain/shared/ids.js';
import type { StoredCall } from './call-repository.js';

/**
 * Who runs a call. A claim moves a living call to another node in one step: the fence grows by one, and from then on every
 * write with a lower fence is refused for ever, however late it comes. Throws PortError `call-claims/*`.
 */
export interface CallClaims {
  /**
   * Makes `newOwner` the owner if the stored fence is `expectedFence`; of many who ask exactly one wins. Resolves to the call as
   * it is now (`record.fence` is the new fence, `version` the one to save the next state with), or null when refused: another was
   * faster, the call has ended, or it is unknown. The winner may ask again (after a time-out, say) and is told the same;
   * therefore `newOwner` must not be in use by two processes at one time.
   */
  claim(callId: CallId, expectedFence: number, newOwner: string, signal: AbortSignal): Promise<StoredCall | null>;
  close(): Promise<void>;
}
