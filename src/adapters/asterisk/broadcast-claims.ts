import type { AsteriskNode } from './asterisk-node.js';

/** Calls that Asterisk tells to several gateways (StasisBroadcast): the first that claims one has it, and hears its StasisStart. */
export class BroadcastClaims {
  constructor(private readonly node: AsteriskNode, private readonly accepts: () => boolean) {}

  hear(channelId: string): void {
    const { rest, app, metrics, logger } = this.node;
    if (!this.accepts()) {
      metrics.count('ari_claims_total', { outcome: 'declined' });
      return;
    }
    rest.claim(channelId, app).then(
      (won) => { metrics.count('ari_claims_total', { outcome: won ? 'won' : 'lost' }); },
      (error: unknown) => { logger.warn('a call could not be claimed', { legId: channelId }, error); }, // another gateway will, or the dialplan goes on
    );
  }
}
