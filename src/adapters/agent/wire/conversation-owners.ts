import { PortError } from '../../../application/ports/port-error.js';
import type { CallId, ConversationId, TenantId } from '../../../domain/shared/ids.js';

/** Whose conversation it is: every request says so, and the port names it only at the opening. */
export interface ConversationOwner {
  readonly callId: CallId;
  readonly tenantId: TenantId;
}

/** More than a node holds calls; the conversation that was silent longest is forgotten first. */
const CONVERSATIONS_MAX = 10_000;

/** The conversations that go on here. */
export class ConversationOwners {
  private readonly owners = new Map<ConversationId, ConversationOwner>();

  remember(id: ConversationId, { callId, tenantId }: ConversationOwner): void {
    this.owners.delete(id);
    this.owners.set(id, { callId, tenantId });
    const oldest = this.owners.keys().next();
    if (this.owners.size > CONVERSATIONS_MAX && oldest.done !== true) this.owners.delete(oldest.value);
  }

  /** @throws PortError agent/not-found */
  of(id: ConversationId): ConversationOwner {
    const owner = this.owners.get(id);
    if (owner === undefined) throw new PortError('a conversation that was not opened here', { code: 'agent/not-found', kind: 'not-found' });
    this.remember(id, owner);
    return owner;
  }
}
