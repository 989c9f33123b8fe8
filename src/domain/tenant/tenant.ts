import type { OutboundSettings } from '../outbound/outbound-settings.js';
import type { AgentId, TenantId } from '../shared/ids.js';
import type { AgentProfile } from './agent-profile.js';

/** Dialled number → agent. `number` is compared by its digits only. */
export interface DidRoute {
  readonly number: string;
  readonly agentId: AgentId;
}

/** What a tenant uses of one account at a speech provider at one time, on each node; null: as much as the account allows. */
export interface SpeechLimit {
  readonly sttStreamsMax: number | null;
  readonly ttsRequestsMax: number | null;
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
  /** By the name of the account. */
  readonly speechLimits: Readonly<Record<string, SpeechLimit>>;
  readonly dids: readonly DidRoute[];
  readonly agents: readonly AgentProfile[];
  /** Missing: the tenant places no calls. */
  readonly outbound?: OutboundSettings;
}
