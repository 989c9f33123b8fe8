import type { CallClaims } from '../../../application/ports/call-claims.js';
import type { StoredCall } from '../../../application/ports/call-repository.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { CallId } from '../../../domain/shared/ids.js';
import { decodeCall } from './call-codec.js';
import type { RedisConnection } from './redis-connection.js';
import { LIFETIMES, type RedisKeys, type RedisLifetimes } from './redis-keys.js';
import { CLAIM_CALL } from './scripts/claim-call.js';

const PORT = 'call-claims';

/** Who runs a call, decided by one script in Redis. */
export class RedisCallClaims implements CallClaims {
  /** The connection stays the opener's to close. */
  constructor(private readonly connection: RedisConnection, private readonly keys: RedisKeys, private readonly lifetimes: RedisLifetimes = LIFETIMES) {}

  async claim(callId: CallId, expectedFence: number, newOwner: string, signal: AbortSignal): Promise<StoredCall | null> {
    const { keys } = this;
    const [call, transcript, ledger] = keys.ofCall(callId);
    const { callMs, transcriptMs, routingMs } = this.lifetimes;
    const reply = await this.connection.run({
      port: PORT, script: CLAIM_CALL, keys: [call, transcript, keys.live, ledger],
      args: [expectedFence, newOwner, callId, keys.liveOfNodePrefix, callMs, transcriptMs, routingMs], signal,
    });
    if (reply === null) return null;
    try {
      return decodeCall(reply);
    } catch (cause) {
      throw new PortError('the record of a call cannot be read', { code: `${PORT}/unreadable`, kind: 'protocol', cause });
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
