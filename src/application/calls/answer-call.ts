import type { TerminationReason } from '../../domain/call/termination.js';
import { callId, type TenantId, tenantId } from '../../domain/shared/ids.js';
import { type Route, routeWithinTenant, type RoutingRefusal } from '../../domain/tenant/routing.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { NumberPlan } from '../ports/number-plan.js';
import type { OutboundQuota } from '../ports/outbound-quota.js';
import { isPortError } from '../ports/port-error.js';
import type { CallOffer, ReleaseCause } from '../ports/telephony.js';
import type { TenantDirectory } from '../ports/tenant-directory.js';
import type { ConversationPorts } from '../conversation/build-engine.js';
import type { Admission } from './admission.js';
import type { RecordingPorts } from './call-recording.js';
import { CallJournal, type JournalPorts } from './call-journal.js';
import type { CallRegistry } from './call-registry.js';
import { CallSession } from './call-session.js';

/** The caller hears ringing meanwhile; longer is worse than congestion. */
const DIRECTORY_DEADLINE_MS = 2000;
/** Events of calls that belong to no tenant are published under this name. */
const NO_TENANT = tenantId('unknown');

export interface AnswerCallPorts extends JournalPorts {
  /** Without it nothing is recorded. */
  readonly recording?: RecordingPorts;
  /** Name of the Asterisk this node is on. */
  readonly pbx: string;
  readonly tenants: TenantDirectory;
  readonly numbers: NumberPlan;
  /** Calls that we place. */
  readonly quota: OutboundQuota;
  readonly registry: CallRegistry;
  readonly admission: Admission;
  /** Speech and agent for a profile, by the providers it names. @throws PortError when there is none of them. */
  readonly conversationPorts: (route: Route) => ConversationPorts;
}

type Refusal = { readonly reason: TerminationReason; readonly cause: ReleaseCause; readonly tenant: TenantId };

const ROUTING_REFUSALS: Record<RoutingRefusal, TerminationReason> = {
  'unknown-did': 'unknown_did', 'agent-missing': 'unknown_did', 'tenant-inactive': 'tenant_inactive',
};

/** An offered call: whose is it, may it be answered, and if so a session of its own; if not, a cause the caller's network understands. */
export class AnswerCall {
  constructor(private readonly ports: AnswerCallPorts) {}

  /** Never rejects. */
  async execute(offer: CallOffer): Promise<void> {
    const decided = this.ports.registry.decide();
    try {
      const route = await this.route(offer);
      if ('reason' in route) await this.refuse(offer, route);
      else await this.accept(offer, route);
    } catch (error) {
      this.ports.log.error('offer could not be handled', { legId: offer.leg.id }, error);
      await this.refuse(offer, { reason: 'internal_error', cause: 'congestion', tenant: NO_TENANT });
    } finally {
      decided();
    }
  }

  private async accept(offer: CallOffer, route: Route): Promise<void> {
    const { registry, admission, ids } = this.ports;
    const conversationPorts = this.conversationPorts(route);
    if (conversationPorts === null) {
      await this.refuse(offer, { reason: 'speech_failed', cause: 'congestion', tenant: route.tenant.id });
      return;
    }
    const slot = { callId: callId(ids.next()), tenantId: route.tenant.id };
    const place = await admission.admit(slot, route.tenant.concurrentCallsMax);
    if (typeof place === 'string') {
      await this.refuse(offer, { reason: place, cause: place === 'tenant_limit' ? 'busy' : 'congestion', tenant: slot.tenantId });
      return;
    }
    const session = new CallSession({ ...this.ports, ...conversationPorts }, { callId: slot.callId, offer, route, pbx: this.ports.pbx });
    registry.add(session);
    place();
    admission.releaseAfter(session);
    await session.start();
  }

  /** Null: the profile names no provider that this gateway has. */
  private conversationPorts(route: Route): ConversationPorts | null {
    const { profile, tenant } = route;
    try {
      return this.ports.conversationPorts(route);
    } catch (error) {
      if (!isPortError(error)) throw error;
      this.ports.log.error('an agent cannot hear or speak as configured', { tenantId: tenant.id, agentId: profile.id, code: error.code }, error);
      return null;
    }
  }

  private async route(offer: CallOffer): Promise<Route | Refusal> {
    const { tenants, clock, log } = this.ports;
    const limit = deadline(clock, DIRECTORY_DEADLINE_MS);
    try {
      const tenant = await orAborted(tenants.findByDid(offer.dialledNumber, offer.trunk, limit.signal), limit.signal);
      if (tenant === null) return { reason: 'unknown_did', cause: 'congestion', tenant: NO_TENANT };
      const route = routeWithinTenant(tenant, offer.dialledNumber);
      return typeof route === 'string' ? { reason: ROUTING_REFUSALS[route], cause: 'congestion', tenant: tenant.id } : route;
    } catch (error) {
      log.warn('tenant directory failed', { legId: offer.leg.id, code: limit.expired ? 'tenant-directory/timeout' : isPortError(error) ? error.code : 'unknown' }, error);
      return { reason: 'directory_failed', cause: 'congestion', tenant: NO_TENANT };
    } finally {
      limit.clear();
    }
  }

  private async refuse(offer: CallOffer, refusal: Refusal): Promise<void> {
    const { clock, ids, metrics } = this.ports;
    const id = callId(ids.next());
    const log = this.ports.log.with({ callId: id, tenantId: refusal.tenant, legId: offer.leg.id });
    metrics.count('calls_rejected_total', { reason: refusal.reason });
    log.info('call refused', { reason: refusal.reason });
    new CallJournal(this.ports, { callId: id, tenantId: refusal.tenant, version: 0 }).refuse({
      type: 'call.rejected', calleeNumber: offer.dialledNumber, reason: refusal.reason, correlationId: offer.correlationId,
    });
    try {
      await offer.leg.hangUp(refusal.cause);
      metrics.observe('call_refusal_seconds', (clock.nowMs() - offer.offeredAtMs) / 1000);
    } catch (error) {
      log.warn('refused leg not released', {}, error); // the adapter's sweeper removes what is left
    }
  }
}
