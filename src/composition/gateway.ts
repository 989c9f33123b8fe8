import { HttpServer } from '../adapters/http/http-server.js';
import { ProcessLoadGauge } from '../adapters/runtime/process-load-gauge.js';
import type { Application, DependencyHealth, LifePhase } from '../application/application.js';
import { Admission } from '../application/calls/admission.js';
import { AnswerCall, type AnswerCallPorts } from '../application/calls/answer-call.js';
import { NodeLife } from '../application/calls/node-life.js';
import { SucceedCall } from '../application/calls/succeed-call.js';
import { TakeOver } from '../application/calls/take-over.js';
import { CallRegistry } from '../application/calls/call-registry.js';
import { CloseStack } from '../application/lifecycle/close-stack.js';
import { deadline } from '../application/lifecycle/deadline.js';
import type { Agent } from '../application/ports/agent.js';
import type { CallRepository } from '../application/ports/call-repository.js';
import { PortError } from '../application/ports/port-error.js';
import type { CallOffer } from '../application/ports/telephony.js';
import type { EventPublisher } from '../application/ports/event-publisher.js';
import type { Config } from '../config/gateway-schema.js';
import { type Audit, openAudit } from './audit.js';
import { buildAgent } from './agents.js';
import { installedSpeech } from './installed-speech.js';
import { listenerTls } from './listener-tls.js';
import { tellPlainTextLinks } from './plain-text-links.js';
import { openRuntime, type Runtime } from './runtime.js';
import type { Speech } from './speech.js';
import { openState, type SharedState } from './state.js';
import { openPublisher, openTenants } from './stores.js';
import { openTelephony, type TelephonyParts } from './telephony.js';

/** Opening everything takes this long at most; then the process says what is missing and ends. */
const START_DEADLINE_MS = 60_000;
/** Between the polite end of the last calls at the drain deadline and their forced end. */
const WIND_UP_MS = 25_000;

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
  private readonly startedAtMs: number;
  private readonly owned = new CloseStack();
  private readonly registry: CallRegistry;
  private repository: CallRepository | null = null;
  private audit: Audit | null = null;
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
    const publisher = overrides.publisher ?? this.own('events', await openPublisher(config, runtime, signal));
    const state = this.own('call state', await openState(config, runtime, publisher, signal));
    const { repository, shared } = state;
    this.repository = repository;
    const tenants = this.own('tenants', await openTenants(config, { ...runtime, audit }, overrides.speech === undefined ? installedSpeech(config) : null, signal));
    // Loaded when needed: benches and load tests bring their own and need no speech libraries.
    const speech = overrides.speech ?? this.own('speech', await (await import('./speech.js')).openSpeech(config, runtime, signal));
    const mind = overrides.agent === undefined ? this.own('agent', buildAgent(config, runtime)) : { agent: overrides.agent, health: null };
    await speech.warm(await tenants.list(signal), signal);
    const parts = this.own('telephony', await openTelephony(config, runtime, { sweepLater: shared !== null, accepts: () => registry.accepting }, signal));
    const gauge = new ProcessLoadGauge();
    this.owned.defer('load gauge', () => { gauge.close(); });
    const { loopDelayMsMax, memoryPercentMax } = config.limits;
    const admission = new Admission({ ...runtime, registry, gauge, slots: shared?.slots ?? null }, { loopDelayP99MsMax: loopDelayMsMax, memoryShareMax: memoryPercentMax / 100 });
    const callPorts: AnswerCallPorts = {
      ...runtime, admission, repository, tenants, registry, nodeName: config.node.name, pbx: config.asterisk.name,
      conversationPorts: ({ profile, tenant }) => ({ clock, agent: mind.agent, ...speech.forProfile(profile, tenant) }),
    };
    const takeOver = shared === null ? null : await this.joinOthers(callPorts, shared, parts, signal);
    const answerCall = new AnswerCall(callPorts);
    this.owned.defer('offers', parts.telephony.onOffer((offer) => { void takeUp(offer, answerCall, takeOver); }));
    this.checks = [() => parts.health(), ...[mind.health, state.health].filter((check) => check !== null)];
    await audit.recordOwn({ act: 'startGateway' });
    this.phase = 'serving';
    log.info('gateway started', { httpPort: http.port });
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

  /** What the driving adapters see. */
  private application(): Application {
    return {
      queries: {
        liveCalls: async (filter, limit, signal) => (await this.repository?.findLive(filter, limit, signal) ?? []).map((stored) => stored.record),
        auditEntries: (tenantId, filter, signal) => this.audit?.reader.entries(tenantId, filter, signal) ?? Promise.resolve({ entries: [], next: null }),
        health: () => ({
          phase: this.phase, callsActive: this.registry.size, callsMax: this.config.limits.callsMax, dependencies: this.checks.map((check) => check()),
        }),
      },
      commands: {
        drain: () => this.drain(),
        issueTicket: () => Promise.reject(new PortError('no tickets are given out here', { code: 'tickets/unavailable', kind: 'unavailable' })),
      },
    };
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

/** An answered call that is offered is one of the process before us: Asterisk came back later than we did. */
async function takeUp(offer: CallOffer, answerCall: AnswerCall, takeOver: TakeOver | null): Promise<void> {
  if (takeOver !== null && offer.answered && await takeOver.takeOffered(offer.leg)) return;
  await answerCall.execute(offer);
}
