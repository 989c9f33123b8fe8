import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { openManagement } from '../../src/composition/management.js';
import { openRuntime } from '../../src/composition/runtime.js';
import { openState } from '../../src/composition/state.js';
import { loadConfig } from '../../src/config/load-config.js';
import { FileCallHistory } from '../../src/adapters/history/file-call-history.js';
import { tenantId } from '../../src/domain/shared/ids.js';
import { firstUlidAt } from '../../src/domain/shared/ulid-time.js';
import { aTenant } from '../support/builders/a-tenant.js';
import { aHistoryStep, aSummary } from '../support/builders/a-kept-call.js';
import { EVERY_EVENT } from '../support/builders/every-event.js';
import { MemoryEventPublisher } from '../support/fakes/memory-event-publisher.js';
import { until } from '../support/until.js';

const BANK = tenantId('north-bank');
const MINUTE_MS = 60_000;
const signal = new AbortController().signal;

describe('openManagement, after a process that died', () => {
  it('ends what that one has left running in the history of calls', async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'vg-management-'));
    const loaded = loadConfig({ file: null, readFile: () => '', env: { VG_ASTERISK_PASSWORD: 'pw', VG_TENANTS_DIRECTORY: '/none', VG_LOG_LEVEL: 'silent', VG_HISTORY_DIRECTORY: directory } });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const runtime = openRuntime(loaded.value);
    const beganMs = Date.parse(runtime.clock.wallTime()) - MINUTE_MS;
    const call = { ...aSummary(0, { tenantId: BANK, ownerNode: 'node-1', state: 'active', startedAt: new Date(beganMs).toISOString() }), callId: firstUlidAt(beganMs) as ReturnType<typeof aSummary>['callId'] };
    const before = await FileCallHistory.open({ directory, retentionDays: 30, transcriptDays: 30, clock: runtime.clock, logger: runtime.log });
    await before.append([aHistoryStep(call, [EVERY_EVENT['call.started'], EVERY_EVENT['call.answered']])], signal);
    await before.close();

    const publisher = new MemoryEventPublisher();
    const state = await openState(loaded.value, runtime, publisher, signal);
    const management = await openManagement(loaded.value, runtime, { state, audit: { entries: () => Promise.reject(new Error('not asked')), nodes: () => Promise.resolve([]) } });
    management.closeOrphans({ tenants: { list: () => Promise.resolve([aTenant({ id: BANK })]) }, publisher });
    await until(async () => (await management.archive.call(BANK, call.callId, signal))?.call.state === 'ended');
    expect((await management.archive.call(BANK, call.callId, signal))?.story?.outcome).to.include({ reason: 'lost', result: 'indeterminate' });
    await management.close();
    await state.close();
    await rm(directory, { recursive: true });
  });
});
