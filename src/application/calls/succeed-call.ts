import { Call, type CallRecord } from '../../domain/call/call.js';
import { isCalling } from '../../domain/call/leg-end.js';
import type { TenantId } from '../../domain/shared/ids.js';
import { type Route, routeWithinTenant } from '../../domain/tenant/routing.js';
import type { Tenant } from '../../domain/tenant/tenant.js';
import { withinDeadline } from '../lifecycle/within-deadline.js';
import type { StoredCall } from '../ports/call-repository.js';
import type { AdoptedLeg, CallLeg, CallOffer } from '../ports/telephony.js';
import type { AnswerCallPorts } from './answer-call.js';
import { instantOf, WIND_UP_GRACE_MS } from './call-beginning.js';
import { CallJournal } from './call-journal.js';
import { CallSession } from './call-session.js';
import { type KeptReservation, keepReservation } from './keep-reservation.js';
import type { Heritage, Succession } from './take-over.js';

/** Of one question whose call it is. */
const DIRECTORY_DEADLINE_MS = 2000;
/** Whose call it is must be known within this time; else the caller, who hears nothing meanwhile, is let go. */
const DIRECTORY_PATIENCE_MS = 6000;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 1000;

/** Makes sessions of calls that another process has begun. */
export class SucceedCall implements Succession {
  constructor(private readonly ports: AnswerCallPorts) {}

  /** The caller is let go when his call cannot be gone on with. @throws what prevented it. */
  async resume({ stored, formerNode, gapMs }: Heritage, { leg, connected }: AdoptedLeg): Promise<void> {
    if (isCalling(stored.record)) { // nobody to apologise to: it rings somewhere, or has just been answered by someone who hears nothing
      await leg.hangUp('normal');
      await this.close(stored);
      return;
    }
    try {
      const route = await this.routeOf(stored);
      const session = new CallSession({ ...this.ports, ...this.ports.conversationPorts(route) }, {
        callId: stored.record.callId, route, pbx: this.ports.pbx, offer: this.offerOf(stored, leg), inheritance: { stored, formerNode, gapMs, connected },
      });
      this.ports.registry.add(session);
      if (stored.record.direction === 'outbound') keepReservation(this.ports, reservationOf(stored.record), session);
      this.ports.admission.releaseAfter(session); // its slot was taken by its first node and is prolonged by us from now on
      await session.start();
    } catch (error) {
      await leg.hangUp('congestion');
      await this.close(stored);
      throw error;
    }
  }

  async close({ record, version }: StoredCall): Promise<void> {
    const { clock } = this.ports;
    const journal = new CallJournal(this.ports, { callId: record.callId, tenantId: record.tenantId, version });
    journal.enter(Call.restore(record, this.startedMs(record.startedAt)).end('lost', record.turnIndex, instantOf(clock)));
    await journal.settled();
  }

  private async routeOf({ record }: StoredCall): Promise<Route> {
    const tenant = await this.tenantOf(record);
    if (tenant === null) throw new Error(`tenant ${record.tenantId} is unknown by now`);
    const profile = tenant.agents.find(({ id }) => id === record.agentId);
    if (profile !== undefined) return { tenant, profile };
    const route = routeWithinTenant(tenant, record.direction === 'outbound' ? record.callerNumber : record.calleeNumber); // the agent was replaced by another meanwhile
    if (typeof route === 'string') throw new Error(`nobody can go on with the call: ${route}`);
    return route;
  }

  /** Asks again and again: a directory that hiccups while a node starts must not cost its callers their calls. */
  private async tenantOf({ tenantId }: CallRecord): Promise<Tenant | null> {
    const { clock, log } = this.ports;
    const giveUpAtMs = clock.nowMs() + DIRECTORY_PATIENCE_MS;
    for (let waitMs = RETRY_MIN_MS; ; waitMs = Math.min(RETRY_MAX_MS, waitMs * 2)) {
      try {
        return await this.ask(tenantId);
      } catch (error) {
        if (clock.nowMs() + waitMs >= giveUpAtMs) throw error;
        if (waitMs === RETRY_MIN_MS) log.warn('tenant directory failed: it is asked again', { tenantId }, error);
      }
      await new Promise<void>((resolve) => { clock.after(waitMs, resolve); });
    }
  }

  private ask(tenantId: TenantId): Promise<Tenant | null> {
    const { tenants, clock } = this.ports;
    return withinDeadline(clock, DIRECTORY_DEADLINE_MS, (limit) => tenants.findById(tenantId, limit));
  }

  private offerOf({ record }: StoredCall, leg: CallLeg): CallOffer {
    return {
      leg, dialledNumber: record.calleeNumber, callerNumber: record.callerNumber, callerName: '', trunk: record.metadata['trunk'] ?? '',
      correlationId: record.metadata['correlationId'] ?? '', wideband: false, offeredAtMs: this.startedMs(record.startedAt), answered: record.answeredAt !== null,
    };
  }

  /** What our clock would have shown when the call began. */
  private startedMs(startedAt: string): number {
    const { clock } = this.ports;
    return clock.nowMs() - Math.max(0, Date.parse(clock.wallTime()) - Date.parse(startedAt));
  }
}

/** As its first node has made it, as far as the record tells. */
function reservationOf({ tenantId, callId, calleeNumber, startedAt, callDeadlineAt }: CallRecord): KeptReservation {
  return { reservation: { tenantId, callId, number: calleeNumber }, durationMaxMs: Date.parse(callDeadlineAt) + WIND_UP_GRACE_MS - Date.parse(startedAt) };
}
