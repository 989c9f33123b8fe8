import { HttpServer } from '../adapters/http/http-server.js';
import { LibphonenumberPlan } from '../adapters/numbers/libphonenumber-plan.js';
import { ProcessLoadGauge } from '../adapters/runtime/process-load-gauge.js';
import type { Application, DependencyHealth, LifePhase } from '../application/application.js';
import { Admission } from '../application/calls/admission.js';
import { AnswerCall, type AnswerCallPorts } from '../application/calls/answer-call.js';
import { OrderDesk } from '../application/calls/order-desk.js';
import { PlaceCall } from '../application/calls/place-call.js';
import { NodeLife } from '../application/calls/node-life.js';
import { SucceedCall } from '../application/calls/succeed-call.js';
import { TakeOver } from '../application/calls/take-over.js';
import { CallRegistry } from '../application/calls/call-registry.js';
import { CloseStack } from '../application/lifecycle/close-stack.js';
import { deadline } from '../application/lifecycle/deadline.js';
import type { Agent } from '../application/ports/agent.js';
import { TICKET_TTL_MS, type Tickets } from '../application/ports/tickets.js';
import { PortError } from '../application/ports/port-error.js';
import type { CallOffer } from '../application/ports/telephony.js';
import type { EventPublisher } from '../application/ports/event-publisher.js';
import { refusal } from '../domain/outbound/placing.js';
import type { Config } from '../config/gateway-schema.js';
import { type Audit, openAudit } from './audit.js';
import { buildAgent } from './agents.js';
import { openApi } from './api.js';
import { erasure } from './erasure.js';
import { listenerTls } from './listener-tls.js';
import { tellPlainTextLinks } from './plain-text-links.js';
import { type Management, openManagement } from './management.js';
import { openRuntime, type Runtime } from './runtime.js';
import type { Speech } from './speech.js';
import { openState, type SharedState } from './state.js';
import { openRecordings, type Recordings } from './recordings.js';
import type { EraseSubject } from '../application/recordings/erase-subject.js';
import { openEvents } from './stores.js';
import { openTenants, type Tenants } from './tenant-stores.js';
import { openVault } from './vault.js';
import { WarmEdited } from './warm-edited.js';
import { openTelephony, type TelephonyParts } from './telephony.js';

/** Opening everything takes this long at most; then the process says what is missing and ends. */
const START_DEADLINE_MS = 60_000;
/** Between the polite end of the last calls at the drain deadline and their forced end. */
const WIND_UP_MS = 25_000;

/** Who asks before everything is open is told to come again. */
const STARTING_RETRY_MS = 1000;

/** Calls of the process before this one are adopted before new ones are taken, if Asterisk is there by then. */
const ADOPTION_WAIT_MS = 3000;

/** Parts that tests and benches put in the place of the configured ones. They close what they bring. */
export interface GatewayOverrides {
  readonly agent?: Agent;
  readonly speech?: Speech;
  readonly publisher?: EventPublisher;
}

/**
 * Builds and starts a node: the only place where adapters meet. Opens in order of need, closes in the opposite one.
 *
 * @throws when something needed cannot be opened; what was opened before is closed again.
 */
export async function buildGateway(config: Config, overrides: GatewayOverrides = {}): Promise<Gateway> {
  const gateway = new Gateway(config, openRuntime(config));
  const limit = deadline(gateway.runtime.clock, START_DEADLINE_MS);
  try {
    await gateway.open(overrides, limit.signal);
  } catch (error) {
    await gateway.abort();
    throw error;
  } finally {
    limit.clear();
  }
  return gateway;
}

/** One running node. */
export class Gateway {
  /** Resolves when everything is closed. */
  readonly ended: Promise<void>;
  httpPort = 0;
  /** Null: the management API is off. */
  apiPort: number | null = null;
  private readonly startedAtMs: number;
  private readonly owned = new CloseStack();
  private readonly registry: CallRegistry;
  private audit: Audit | null = null;
  private management: Management | null = null;
  private tenants: Tenants | null = null;
  private tickets: Tickets | null = null;
  private placeCall: PlaceCall | null = null;
  private recordings: Recordings | null = null;
  private erasure: EraseSubject | null = null;
  private phase: LifePhase = 'starting';
  private checks: readonly (() => DependencyHealth)[] = [];
  private markEnded!: () => void;
  private draining: Promise<void> | null = null;
  private ending: Promise<void> | null = null;

  constructor(private readonly config: Config, readonly runtime: Runtime) {
    this.startedAtMs = runtime.clock.nowMs();
    this.registry = new CallRegistry(config.limits.callsMax, runtime.metrics);
    this.ended = new Promise((resolve) => { this.markEnded = resolve; });
  }

  async open(overrides: GatewayOverrides, signal: AbortSignal): Promise<void> {
    const { config, runtime, registry } = this;
    const { clock, log } = runtime;
    const http = this.own('http', await HttpServer.open({
      host: config.http.host, port: config.http.port, application: this.application(), metricsPage: runtime.metrics, logger: log, clock, tls: listenerTls(config.http.tls),
    }, signal));
    this.httpPort = http.port;
    await tellPlainTextLinks(config, runtime);
    const audit = this.own('audit trail', await openAudit(config, runtime, signal));
    this.audit = audit;
    const { publisher, published } = overrides.publisher === undefined ? this.own('events', await openEvents(config, runtime, signal)) : { publisher: overrides.publisher, published: null };
    const state = this.own('call state', await openState(config, runtime, publisher, signal));
    const { shared, quota, keys } = state;
    const management = this.own('management', await openManagement(config, runtime, { state, audit: audit.reader }));
    const { repository } = management;
    this.management = management;
    this.tickets = state.tickets;
    const recordings = this.own('recordings', await openRecordings(config, runtime, { publisher, redis: state.redis }, signal));
    this.recordings = recordings;
    const warming = new WarmEdited();
    this.tenants = this.own('tenants', await openTenants(config, runtime, { audit, checksSpeech: overrides.speech === undefined, onChange: (ids) => { warming.add(ids); } }, signal));
    const tenants = this.tenants.directory;
    // Loaded when needed: benches and load tests bring their own and need no speech libraries.
    const speech = overrides.speech ?? this.own('speech', await (await import('./speech.js')).openSpeech(config, runtime, signal));
    const mind = overrides.agent === undefined ? this.own('agent', buildAgent(config, runtime)) : { agent: overrides.agent, health: null };
    const vault = this.own('vault', openVault(config));
    await speech.warm(await tenants.list(signal), signal);
    this.own('warming of edited tenants', warming).begin({ directory: tenants, speech, logger: log });
    const parts = this.own('telephony', await openTelephony(config, runtime, { sweepLater: shared !== null, accepts: () => registry.accepting }, signal));
    const gauge = new ProcessLoadGauge();
    this.owned.defer('load gauge', () => { gauge.close(); });
    const { loopDelayMsMax, memoryPercentMax } = config.limits;
    const admission = new Admission({ ...runtime, registry, gauge, slots: shared?.slots ?? null }, { loopDelayP99MsMax: loopDelayMsMax, memoryShareMax: memoryPercentMax / 100 });
    const callPorts: AnswerCallPorts = {
      ...runtime, recording: recordings.ports, admission, repository, tenants, numbers: new LibphonenumberPlan(), quota, registry, nodeName: config.node.name, pbx: config.asterisk.name,
      conversationPorts: ({ profile, tenant }) => ({ clock, agent: mind.agent, vault, ...speech.forProfile(profile, tenant) }),
    };
    const takeOver = shared === null ? null : await this.joinOthers(callPorts, shared, parts, signal);
    const answerCall = new AnswerCall(callPorts);
    this.erasure = this.own('erasure', erasure(config, runtime, { state, management, recordings, published }));
    const desk = new OrderDesk(registry, this.erasure);
    management.serveOrders((addressed) => desk.carryOut(addressed));
    management.closeOrphans({ tenants, publisher });
    this.placeCall = new PlaceCall({ ...callPorts, telephony: parts.telephony, keys });
    this.owned.defer('offers', parts.telephony.onOffer((offer) => { void takeUp(offer, answerCall, takeOver); }));
    const api = await openApi(config, runtime, { application: this.application(), state, audit: audit.trail }, signal);
    if (api !== null) this.apiPort = this.own('management api', api).port;
    this.checks = [() => parts.health(), ...[mind.health, state.health, api?.health ?? null].filter((check) => check !== null)];
    await audit.recordOwn({ act: 'startGateway' });
    this.phase = 'serving';
    log.info('gateway started', { httpPort: http.port, ...(this.apiPort === null ? {} : { apiPort: this.apiPort }) });
  }

  /** Shows this node to those it shares state with, and goes on with the calls of the process before it. */
  private async joinOthers(callPorts: AnswerCallPorts, shared: SharedState, parts: TelephonyParts, signal: AbortSignal): Promise<TakeOver> {
    const { runtime, registry } = this;
    const { repository, nodeName, pbx } = callPorts;
    const { nodes, slots, claims } = shared;
    const life = new NodeLife({ ...runtime, nodes, slots, repository, registry, nodeName, onSuperseded: () => { void this.drain(); } });
    await life.begin();
    this.own('node', life);
    await parts.untilReady(ADOPTION_WAIT_MS, signal);
    const takeOver = new TakeOver({ ...runtime, repository, claims, nodes, telephony: parts.telephony, registry, nodeName, pbx, startedAtMs: this.startedAtMs }, new SucceedCall(callPorts));
    this.own('take-over', takeOver);
    await takeOver.begin(signal);
    parts.beginSweeping();
    return takeOver;
  }

  /** No new calls; ends the gateway when the last call is over or the drain deadline has passed. Idempotent. */
  drain(): Promise<void> {
    this.draining ??= this.drainOnce();
    return this.draining;
  }

  /** Ends calls and gateway now. Idempotent. */
  async abort(): Promise<void> {
    this.runtime.log.info('ending now', { calls: this.registry.size });
    await this.registry.abortAll();
    await this.end();
  }

  /** For what escaped every call. */
  reportBug(error: unknown): void {
    this.runtime.log.error('an error escaped every call: draining', {}, error);
  }

  private own<T extends { close(): Promise<void> }>(name: string, part: T): T {
    this.owned.defer(name, () => part.close());
    return part;
  }

  private recorded(): Recordings {
    if (this.recordings === null) throw notStarted();
    return this.recordings;
  }

  /** What the driving adapters see. */
  application(): Application {
    return {
      queries: {
        liveCalls: async (filter, limit, signal) => (await this.management?.repository.findLive(filter, limit, signal) ?? []).map((stored) => stored.record),
        calls: async (...asked) => this.managed().archive.calls(...asked),
        call: async (...asked) => this.managed().archive.call(...asked),
        tenants: async (signal) => this.served().directory.list(signal),
        tenant: async (...asked) => this.served().directory.findById(...asked),
        writtenTenant: async (...asked) => this.served().editor.read(...asked),
        usage: async (...asked) => this.managed().archive.usage(...asked),
        follow: (...asked) => this.managed().feed.follow(...asked),
        auditEntries: async (...asked) => this.managed().readAudit.execute(...asked),
        health: () => ({
          phase: this.phase, callsActive: this.registry.size, callsMax: this.config.limits.callsMax, dependencies: this.checks.map((check) => check()),
        }),
        recordings: async (tenant, filter, page, signal) => this.recorded().store.list(tenant, filter, page, signal),
        recording: async (tenant, id, signal) => this.recorded().desk.audio(tenant, id, signal),
        linkedRecording: async (link, signal) => this.recorded().desk.linkedAudio(link, signal),
      },
      commands: {
        drain: () => this.drain(),
        order: async (...given) => this.managed().orderCall.execute(...given),
        eraseCall: async (...given) => this.managed().archive.eraseCall(...given),
        linkRecording: async (...given) => this.recorded().desk.link(...given),
        editTenant: async (...given) => this.served().editor.edit(...given),
        eraseRecording: async (...given) => this.recorded().desk.erase(...given),
        eraseSubject: async (...given) => {
          if (this.erasure === null) throw notStarted();
          return this.erasure.execute(...given);
        },
        issueTicket: async (identity, signal) => {
          if (this.tickets === null) throw notStarted();
          return { ticket: await this.tickets.issue(identity, signal), ttlMs: TICKET_TTL_MS };
        },
        placeCall: (request, signal) => this.placeCall?.execute(request, signal) ?? Promise.resolve(refusal('draining', { retryAfterMs: STARTING_RETRY_MS })),
      },
    };
  }

  private served(): Tenants {
    if (this.tenants === null) throw notStarted();
    return this.tenants;
  }

  private managed(): Management {
    if (this.management === null) throw notStarted();
    return this.management;
  }

  private async drainOnce(): Promise<void> {
    const { registry, runtime: { clock, log } } = this;
    this.phase = 'draining';
    const { drainDeadlineMs } = this.config.limits;
    void this.audit?.recordOwn({ act: 'drainGateway', code: `calls: ${registry.size}` });
    log.info('draining', { calls: registry.size, deadlineMs: drainDeadlineMs });
    const cancels = [
      clock.after(drainDeadlineMs, () => { registry.windUpAll(); }),
      clock.after(drainDeadlineMs + WIND_UP_MS, () => { void registry.abortAll(); }),
    ];
    await registry.drain();
    for (const cancel of cancels) cancel();
    await this.end();
  }

  private async end(): Promise<void> {
    const { log } = this.runtime;
    this.phase = 'stopped';
    this.ending ??= Promise.resolve(this.audit?.recordOwn({ act: 'stopGateway', code: `calls: ${this.registry.size}` })).then(() => this.owned.close()).catch((error: unknown) => {
      log.warn('not everything could be closed', {}, error); // the process ends all the same
    });
    await this.ending;
    log.info('gateway ended');
    this.markEnded();
  }
}

function notStarted(): PortError {
  return new PortError('the gateway is starting', { code: 'gateway/starting', kind: 'unavailable' });
}

/** An answered call that is offered is one of the process before us: Asterisk came back later than we did. */
async function takeUp(offer: CallOffer, answerCall: AnswerCall, takeOver: TakeOver | null): Promise<void> {
  if (takeOver !== null && offer.answered && await takeOver.takeOffered(offer.leg)) return;
  await answerCall.execute(offer);
}
