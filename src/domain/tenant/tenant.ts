import type { OutboundSettings } from '../outbound/outbound-settings.js';
import type { AgentId, TenantId } from '../shared/ids.js';
import type { AgentProfile } from './agent-profile.js';

/** Dialled number → agent. `number` is compared by its digits only. */
export interface DidRoute {
  readonly number: string;
  readonly agentId: AgentId;
}

/** One customer of the platform, as the gateway needs to know it. */
export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly active: boolean;
  /** Calls of this tenant at one time on all nodes. */
  readonly concurrentCallsMax: number;
  /** A call longer than this is ended politely. */
  readonly callDurationMaxMs: number;
  readonly dids: readonly DidRoute[];
  readonly agents: readonly AgentProfile[];
  /** Missing: the tenant places no calls. */
  readonly outbound?: OutboundSettings;
}
