import type { Application, CallAccount, DependencyHealth, Health, RecordingAudio, TenantUsage } from '../../../src/application/application.js';
import type { RecordedAuditEntry } from '../../../src/application/ports/audit-reader.js';
import { MemoryLiveFeed } from '../../../src/adapters/state/memory/memory-live-feed.js';
import { type Placing, type PlacingRequest, refusal } from '../../../src/domain/outbound/placing.js';
import type { CallRecord } from '../../../src/domain/call/call.js';
import { isOfNumber } from '../../../src/domain/recording/recording.js';
import type { CallOrder, OrderOutcome } from '../../../src/domain/call/call-order.js';
import { isWanted } from '../../../src/domain/call/call-summary.js';
import type { Tenant } from '../../../src/domain/tenant/tenant.js';
import type { CallId, TenantId } from '../../../src/domain/shared/ids.js';
import { VirtualClock } from '../virtual-clock.js';
import { MemoryTenantEditor } from './memory-tenant-editor.js';
import { SequentialIds } from './sequential-ids.js';
import { silentLogger } from './silent-logger.js';
import { silentMetrics } from './silent-metrics.js';

/** The facade with its state open: tests set it, driving adapters read it. */
export class FakeApplication implements Application {
  state: Health = { phase: 'serving', dependencies: [], callsActive: 0, callsMax: 10 };
  calls: readonly CallRecord[] = [];
  auditEntries: readonly RecordedAuditEntry[] = [];
  accounts: readonly CallAccount[] = [];
  allTenants: readonly Tenant[] = [];
  readonly used = new Map<TenantId, TenantUsage>();
  readonly feed = new MemoryLiveFeed({ clock: new VirtualClock(), ids: new SequentialIds(), logger: silentLogger, metrics: silentMetrics });
  readonly orders: { readonly tenantId: TenantId; readonly callId: CallId; readonly order: CallOrder }[] = [];
  orderOutcome: OrderOutcome = 'accepted';
  readonly recordings = new Map<string, RecordingAudio>();
  /** Link → id of the recording that it opens. */
  readonly links = new Map<string, string>();
  /** Holds nothing until a test gives it something. */
  editor = new MemoryTenantEditor();
  drains = 0;
  /** What was asked of `placeCall`, and what it answers. */
  readonly placings: PlacingRequest[] = [];
  placing: Placing = refusal('destination-not-allowed', { detail: 'outbound-off' });

  readonly queries: Application['queries'] = {
    liveCalls: ({ tenantId }, limit) => Promise.resolve(this.calls.filter((call) => tenantId === undefined || call.tenantId === tenantId).slice(0, limit)),
    auditEntries: (tenantId, { limit, node }) => Promise.resolve(node !== null && node !== 'node-1' ? null : {
      node: 'node-1', nodes: [{ name: 'node-1', alive: true, readable: true }, { name: 'node-2', alive: true, readable: false }],
      entries: this.auditEntries.filter((entry) => entry.tenantId === tenantId).slice(0, limit), next: null,
    }),
    health: () => this.state,
    calls: (tenantId, filter, { limit }) => Promise.resolve({
      calls: this.accounts.map(({ call }) => call).filter((call) => call.tenantId === tenantId && isWanted(call, filter)).slice(0, limit), cursor: null,
    }),
    call: (tenantId, callId) => Promise.resolve(this.accounts.find(({ call }) => call.tenantId === tenantId && call.callId === callId) ?? null),
    tenants: () => Promise.resolve(this.allTenants),
    tenant: (id) => Promise.resolve(this.allTenants.find((tenant) => tenant.id === id) ?? null),
    writtenTenant: (tenantId, part) => this.editor.read(tenantId, part),
    usage: (tenantId) => Promise.resolve(this.used.get(tenantId) ?? null),
    follow: (...asked) => this.feed.follow(...asked),
    recordings: (tenantId) => Promise.resolve({ recordings: [...this.recordings.values()].map(({ recording }) => recording).filter((recording) => recording.tenantId === tenantId), next: null }),
    recording: (tenantId, recordingId) => {
      const audio = this.recordings.get(recordingId);
      return Promise.resolve(audio?.recording.tenantId === tenantId ? audio : null);
    },
    linkedRecording: (link) => Promise.resolve(this.recordings.get(this.links.get(link) ?? '') ?? null),
  };

  readonly commands: Application['commands'] = {
    drain: () => {
      this.drains += 1;
      this.state = { ...this.state, phase: 'draining' };
      return Promise.resolve();
    },
    issueTicket: () => Promise.resolve({ ticket: 'ticket-1', ttlMs: 30_000 }),
    order: (tenantId, callId, order) => {
      if (!this.accounts.some(({ call }) => call.tenantId === tenantId && call.callId === callId)) return Promise.resolve('not-live');
      this.orders.push({ tenantId, callId, order });
      return Promise.resolve(this.orderOutcome);
    },
    eraseCall: (tenantId, callId) => Promise.resolve(this.erase(({ call }) => call.tenantId === tenantId && call.callId === callId) > 0),
    eraseSubject: (tenantId, number) => Promise.resolve({
      recordings: 0, calls: this.erase(({ call }) => call.tenantId === tenantId && isOfNumber(call, number)), events: 0, nodes: [], notReached: [{ what: 'event-log', where: 'events.directory', why: 'Published.' }],
    }),
    placeCall: (request) => {
      const tenant = this.allTenants.find(({ id }) => id === request.tenantId);
      if (tenant !== undefined && !tenant.agents.some(({ id }) => id === request.agentId)) return Promise.resolve(refusal('unknown-agent'));
      this.placings.push(request);
      return Promise.resolve(this.placing);
    },
    editTenant: (tenantId, edit) => this.editor.edit(tenantId, edit),
    linkRecording: (tenantId, recordingId) => Promise.resolve(this.recordings.get(recordingId)?.recording.tenantId === tenantId ? { link: 'content.signature', expiresAt: '2026-01-01T00:05:00.000Z' } : null),
    eraseRecording: (tenantId, recordingId) => Promise.resolve(this.recordings.get(recordingId)?.recording.tenantId === tenantId && this.recordings.delete(recordingId)),
  };

  dependency(deviations: Partial<DependencyHealth> = {}): DependencyHealth {
    return { name: 'asterisk', ready: true, required: true, detail: 'connected', ...deviations };
  }

  private erase(which: (account: CallAccount) => boolean): number {
    const before = this.accounts.length;
    this.accounts = this.accounts.filter((account) => !which(account));
    return before - this.accounts.length;
  }
}
