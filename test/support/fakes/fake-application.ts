import type { Application, DependencyHealth, Health } from '../../../src/application/application.js';
import type { RecordedAuditEntry } from '../../../src/application/ports/audit-reader.js';
import type { CallRecord } from '../../../src/domain/call/call.js';

/** The facade with its state open: tests set it, driving adapters read it. */
export class FakeApplication implements Application {
  state: Health = { phase: 'serving', dependencies: [], callsActive: 0, callsMax: 10 };
  calls: readonly CallRecord[] = [];
  auditEntries: readonly RecordedAuditEntry[] = [];
  drains = 0;

  readonly queries: Application['queries'] = {
    liveCalls: ({ tenantId }, limit) => Promise.resolve(this.calls.filter((call) => tenantId === undefined || call.tenantId === tenantId).slice(0, limit)),
    auditEntries: (tenantId, { limit }) => Promise.resolve({ entries: this.auditEntries.filter((entry) => entry.tenantId === tenantId).slice(0, limit), next: null }),
    health: () => this.state,
  };

  readonly commands: Application['commands'] = {
    drain: () => {
      this.drains += 1;
      this.state = { ...this.state, phase: 'draining' };
      return Promise.resolve();
    },
    issueTicket: () => Promise.resolve({ ticket: 'ticket-1', ttlMs: 30_000 }),
  };

  dependency(deviations: Partial<DependencyHealth> = {}): DependencyHealth {
    return { name: 'asterisk', ready: true, required: true, detail: 'connected', ...deviations };
  }
}
