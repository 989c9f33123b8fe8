import { isPlacingRefusal, type Placed, type Placing, type PlacingRequest, refusal } from '../../domain/outbound/placing.js';
import { type CallId, callId as callIdOf, legId } from '../../domain/shared/ids.js';
import type { Tenant } from '../../domain/tenant/tenant.js';
import type { ConversationPorts } from '../conversation/build-engine.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import { withinDeadline } from '../lifecycle/within-deadline.js';
import type { IdempotencyKey, IdempotencyKeys } from '../ports/idempotency-keys.js';
import type { OutboundReservation } from '../ports/outbound-quota.js';
import { codeOf, isPortError, PortError } from '../ports/port-error.js';
import type { CallLeg, Telephony } from '../ports/telephony.js';
import type { AnswerCallPorts } from './answer-call.js';
import type { AdmissionRefusal } from './call-registry.js';
import { CallSession } from './call-session.js';
import { keepReservation } from './keep-reservation.js';
import { fingerprintOf, planPlacing, type PlacingPlan } from './placing-plan.js';

const DIRECTORY_DEADLINE_MS = 2000;
/** Of quota and idempotency keys, each. Without them nothing is placed: money is at stake. */
const STATE_DEADLINE_MS = 1000;
/** Making the channel and dialling it; the adapter has shorter ones of its own. Ringing is not part of it. */
const ORIGINATE_DEADLINE_MS = 12_000;
/** A repeated request may come before the first one has its call. */
const FIRST_REQUEST_MS = 2000;
const LOOK_INTERVAL_MS = 100;

/** When it may be worth asking again. */
const RETRY_AFTER_MS: Readonly<Record<AdmissionRefusal, number>> = { draining: 5000, node_limit: 5000, overloaded: 5000, tenant_limit: 10_000 };

export interface PlaceCallPorts extends AnswerCallPorts {
  readonly telephony: Telephony;
  readonly keys: IdempotencyKeys;
}

/** What of one call has to be given back when it is not placed after all. */
interface Undertaking {
  readonly callId: CallId;
  readonly plan: PlacingPlan;
  readonly reservation: OutboundReservation;
}

/** A call that somebody wants to be placed: may it be, is there room for it, and if so a session of its own that calls. */
export class PlaceCall {
  constructor(private readonly ports: PlaceCallPorts) {}

  /**
   * Resolves as soon as the far end is being called, or when nobody can say whether it is: then the idempotency key stays used, so that
   * asking again cannot ring twice. Throws PortError (`tenant-directory/*`, `idempotency-keys/*`, `outbound-quota/*`, `telephony/*`): nobody was called.
   */
  async execute(request: PlacingRequest, signal: AbortSignal): Promise<Placing> {
    const placing = await this.attempt(request, signal);
    if (isPlacingRefusal(placing)) {
      this.ports.metrics.count('calls_not_placed_total', { reason: placing.refused });
      this.ports.log.info('call not placed', { tenantId: request.tenantId, reason: placing.refused, detail: placing.detail });
    }
    return placing;
  }

  private async attempt(request: PlacingRequest, signal: AbortSignal): Promise<Placing> {
    const tenant = await this.tenantOf(request, signal);
    if (tenant?.active !== true) return refusal('unknown-tenant');
    const plan = planPlacing(tenant, request, this.ports.numbers);
    if ('refused' in plan) return plan;
    const callId = callIdOf(this.ports.ids.next());
    const { idempotencyKey } = request;
    return idempotencyKey === undefined ? this.place(plan, callId, signal) : this.placeOnce(request, plan, { callId, key: idempotencyKey }, signal);
  }

  private async placeOnce(request: PlacingRequest, plan: PlacingPlan, { callId, key }: { readonly callId: CallId; readonly key: string }, signal: AbortSignal): Promise<Placing> {
    const { keys } = this.ports;
    const name: IdempotencyKey = { tenantId: request.tenantId, key };
    const claim = await this.within('idempotency-keys', STATE_DEADLINE_MS, (limit) => keys.claim(name, { fingerprint: fingerprintOf(request, plan), callId }, limit), signal);
    if (!claim.same) return refusal('idempotency-conflict');
    if (!claim.fresh) return this.earlier(claim.callId, signal);
    let placed = false;
    try {
      const placing = await this.place(plan, callId, signal);
      placed = !isPlacingRefusal(placing) || placing.refused === 'outcome-unknown';
      return placing;
    } finally {
      if (!placed) await this.giveBack('an idempotency key not given back', (limit) => keys.forget(name, callId, limit));
    }
  }

  /** The call that an earlier request with the same key has placed. */
  private async earlier(callId: CallId, signal: AbortSignal): Promise<Placing> {
    const { clock, repository } = this.ports;
    for (const untilMs = clock.nowMs() + FIRST_REQUEST_MS; ;) {
      const stored = await this.within('call-repository', STATE_DEADLINE_MS, (limit) => repository.find(callId, limit), signal);
      if (stored !== null) return { call: stored.record, repeated: true };
      if (clock.nowMs() >= untilMs) return refusal('outcome-unknown', { callId, retryAfterMs: 1000 });
      await orAborted(new Promise<void>((resolve) => { clock.after(LOOK_INTERVAL_MS, resolve); }), signal);
    }
  }

  private async place(plan: PlacingPlan, callId: CallId, signal: AbortSignal): Promise<Placing> {
    const { admission, log } = this.ports;
    const { tenant } = plan.route;
    const mind = this.conversationPorts(plan);
    if (isPortError(mind)) return refusal('agent-not-able', { detail: mind.code });
    const slot = { callId, tenantId: tenant.id };
    const held = await admission.admit(slot, tenant.concurrentCallsMax);
    if (typeof held === 'string') return refusal(held, { retryAfterMs: RETRY_AFTER_MS[held] });
    let placed = false;
    try {
      const placing = await this.placeAdmitted({ callId, plan, reservation: { tenantId: tenant.id, callId, number: plan.to } }, mind, signal);
      placed = !isPlacingRefusal(placing);
      if (placed) log.info('call placed', { callId, tenantId: tenant.id, agentId: plan.route.profile.id });
      return placing;
    } finally {
      held();
      if (!placed) await admission.release(slot);
    }
  }

  private async placeAdmitted(undertaking: Undertaking, mind: ConversationPorts, signal: AbortSignal): Promise<Placing> {
    const { quota } = this.ports;
    const { reservation, plan: { settings } } = undertaking;
    const release = (): Promise<void> => this.giveBack('a reservation not given back: it ends by itself', (limit) => quota.release(reservation, limit));
    const grant = await this.within('outbound-quota', STATE_DEADLINE_MS, (limit) => quota.reserve(reservation, settings.limits, limit), signal).catch(async (error: unknown) => {
      await release(); // it may have been made all the same
      throw error;
    });
    if (!grant.granted) return refusal(grant.reason, { retryAfterMs: grant.retryAfterMs });
    try {
      const leg = await this.originate(undertaking, grant.durationMaxMs, signal);
      if (this.ports.registry.accepting) return await this.begin(undertaking, { leg, durationMaxMs: grant.durationMaxMs, mind });
      await leg.hangUp('normal'); // meanwhile this node has begun to drain
      await release();
      return refusal('draining', { retryAfterMs: RETRY_AFTER_MS.draining });
    } catch (error) {
      // After a time-out, or when who asked has gone meanwhile, a telephone may have rung: that was an attempt.
      if (signal.aborted || (isPortError(error) && error.kind === 'timeout')) {
        await this.giveBack('an attempt not booked: its reservation ends by itself', (limit) => quota.settle(reservation, 0, limit));
        return refusal('outcome-unknown', { callId: undertaking.callId, detail: codeOf(error, 'telephony/aborted') });
      }
      await release();
      if (isPortError(error) && error.kind === 'rejected') return refusal('unreachable', { detail: error.code });
      throw error;
    }
  }

  private originate({ callId, plan: { to, from, ringTimeoutMs } }: Undertaking, durationMaxMs: number, signal: AbortSignal): Promise<CallLeg> {
    const { telephony } = this.ports;
    return this.within('telephony', ORIGINATE_DEADLINE_MS, (limit) => {
      const placed = telephony.originate({ legId: legId(callId), destination: to, callerNumber: from, ringTimeoutMs, durationMaxMs, correlationId: callId }, limit);
      void placed.then((leg) => { if (limit.aborted) void leg.hangUp('normal'); }, () => undefined); // it came too late: nobody else would end it
      return placed;
    }, signal);
  }

  private async begin(
    { callId, plan, reservation }: Undertaking, { leg, durationMaxMs, mind }: { readonly leg: CallLeg; readonly durationMaxMs: number; readonly mind: ConversationPorts },
  ): Promise<Placed> {
    const { ports } = this;
    const { route, to, from, metadata } = plan;
    const session = new CallSession({ ...ports, ...mind }, {
      callId, route, pbx: ports.pbx, outgoing: { durationMaxMs, metadata },
      offer: { leg, dialledNumber: to, callerNumber: from, callerName: '', trunk: '', correlationId: callId, wideband: false, offeredAtMs: ports.clock.nowMs(), answered: false },
    });
    ports.registry.add(session);
    ports.admission.releaseAfter(session);
    keepReservation(ports, { reservation, durationMaxMs }, session);
    await session.start();
    return { call: session.record, repeated: false };
  }

  /** A PortError: the profile names no provider that this gateway has. */
  private conversationPorts({ route }: PlacingPlan): ConversationPorts | PortError {
    try {
      return this.ports.conversationPorts(route);
    } catch (error) {
      if (!isPortError(error)) throw error;
      this.ports.log.error('an agent cannot hear or speak as configured', { tenantId: route.tenant.id, agentId: route.profile.id, code: error.code }, error);
      return error;
    }
  }

  private tenantOf({ tenantId }: PlacingRequest, signal: AbortSignal): Promise<Tenant | null> {
    return this.within('tenant-directory', DIRECTORY_DEADLINE_MS, (limit) => this.ports.tenants.findById(tenantId, limit), signal);
  }

  /** @throws PortError `<port>/timeout` past the deadline; else as `act`. */
  private async within<T>(port: string, limitMs: number, act: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const limit = deadline(this.ports.clock, limitMs, signal);
    try {
      return await orAborted(act(limit.signal), limit.signal);
    } catch (error) {
      const failure = limit.expired ? new PortError(`${port} did not answer in time`, { code: `${port}/timeout`, kind: 'timeout', cause: error }) : error;
      this.ports.metrics.count('provider_errors_total', { port, code: codeOf(failure, `${port}/failed`) });
      throw failure;
    } finally {
      limit.clear();
    }
  }

  /** Never rejects, and not given up with the request. */
  private async giveBack(complaint: string, act: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { clock, log } = this.ports;
    await withinDeadline(clock, STATE_DEADLINE_MS, act).catch((error: unknown) => { log.warn(complaint, {}, error); });
  }
}
