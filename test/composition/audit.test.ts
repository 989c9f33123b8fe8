import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { openAudit, verifyAuditDirectory } from '../../src/composition/audit.js';
import { loadConfig } from '../../src/config/load-config.js';
import { RecordingLogger } from '../support/fakes/recording-logger.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { PrometheusMetrics } from '../../src/adapters/runtime/prometheus-metrics.js';

const signal = new AbortController().signal;

describe('openAudit', () => {
  let directory: string;
  beforeEach(async () => { directory = await mkdtemp(path.join(tmpdir(), 'voice-gateway-audit-')); });
  afterEach(async () => { await rm(directory, { recursive: true }); });

  it('keeps what the gateway does of itself, in a chain with the configured key', async () => {
    const loaded = loadConfig({
      file: null, readFile: () => 'key of the chain\n',
      env: { VG_ASTERISK_PASSWORD: 'pw', VG_TENANTS_DIRECTORY: '/none', VG_AUDIT_DIRECTORY: directory, VG_AUDIT_KEY_FILE: '/run/secrets/audit', VG_NODE_NAME: 'north-1' },
    });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const log = new RecordingLogger();
    const audit = await openAudit(loaded.value, { clock: new VirtualClock(), log, metrics: new PrometheusMetrics({ logger: log }) }, signal);
    await audit.recordOwn({ act: 'startGateway' });
    await audit.recordOwn({ act: 'drainGateway', code: 'calls: 3' });
    const { entries } = await audit.reader.entries(null, { from: null, to: null, act: null, node: null, limit: 10, cursor: null }, signal);
    expect(entries.map(({ act, actor, subject, code }) => `${act} ${actor.role} ${subject} ${code}`)).to.deep.equal(['drainGateway system north-1 calls: 3', 'startGateway system north-1 ']);
    await audit.close();
    await audit.recordOwn({ act: 'stopGateway' });
    expect(log.messages('error')).to.deep.equal(['an act is missing in the audit trail']);
    const [report] = await verifyAuditDirectory(directory, 'key of the chain');
    expect(report).to.include({ node: 'north-1', fault: null, entries: 2 });
    expect((await verifyAuditDirectory(directory, null))[0]?.fault).to.not.equal(null);
  });
});
