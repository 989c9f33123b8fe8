import type { Application, DependencyHealth, Health, RecordingAudio } from '../../../src/application/application.js';
import type { CallRecord } from '../../../src/domain/call/call.js';

/** The facade with its state open: tests set it, driving adapters read it. */
export class FakeApplication implements Application {
  state: Health = { phase: 'serving', dependencies: [], callsActive: 0, callsMax: 10 };
  calls: readonly CallRecord[] = [];
  readonly recordings = new Map<string, RecordingAudio>();
  drains = 0;

  readonly queries: Application['queries'] = {
    liveCalls: ({ tenantId }, limit) => Promise.resolve(this.calls.filter((call) => tenantId === undefined || call.tenantId === tenantId).slice(0, limit)),
    health: () => this.state,
    recordings: () => Promise.resolve({ recordings: [...this.recordings.values()].map(({ recording }) => recording), next: null }),
    recording: (tenantId, recordingId) => {
      const audio = this.recordings.get(recordingId);
      return Promise.resolve(audio?.recording.tenantId === tenantId ? audio : null);
    },
    linkedRecording: () => Promise.resolve(null),
  };

  readonly commands: Application['commands'] = {
    drain: () => {
      this.drains += 1;
      this.state = { ...this.state, phase: 'draining' };
      return Promise.resolve();
    },
    issueTicket: () => Promise.resolve({ ticket: 'ticket-1', ttlMs: 30_000 }),
    linkRecording: (tenantId, recordingId) => Promise.resolve(this.recordings.get(recordingId)?.recording.tenantId === tenantId ? { link: 'content.signature', expiresAt: '2026-01-01T00:05:00.000Z' } : null),
    eraseRecording: (tenantId, recordingId) => Promise.resolve(this.recordings.get(recordingId)?.recording.tenantId === tenantId && this.recordings.delete(recordingId)),
    eraseSubject: () => Promise.resolve({ recordings: 0, calls: 0 }),
  };

  dependency(deviations: Partial<DependencyHealth> = {}): DependencyHealth {
    return { name: 'asterisk', ready: true, required: true, detail: 'connected', ...deviations };
  }
}
