import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { PrometheusMetrics } from '../../src/adapters/runtime/prometheus-metrics.js';
import type { OwnAct } from '../../src/composition/audit.js';
import { openTenants, type Tenants } from '../../src/composition/tenant-stores.js';
import { describeFaults } from '../../src/config/config-fault.js';
import { loadConfig } from '../../src/config/load-config.js';
import { agentId, tenantId } from '../../src/domain/shared/ids.js';
import { silentLogger } from '../support/fakes/silent-logger.js';
import { SequentialIds } from '../support/fakes/sequential-ids.js';
import { VirtualClock } from '../support/virtual-clock.js';

const { signal } = new AbortController();
const BANK = tenantId('north-bank');
const PART = { kind: 'agent', agentId: agentId('night') } as const;
const ACCOUNTS = 'speech:\n  accounts:\n    ours: { provider: deepgram, apiKey: k, tenants: north-bank }\n    theirs: { provider: deepgram, apiKey: k, tenants: harbour-grill }\n';
const FILE = 'id: north-bank\nname: North Bank\ndids: []\nagents:\n  - { id: night, name: Night, language: en-US, speech: { voice: rms } }\n';

describe('openTenants', () => {
  let folder: string;
  let tenants: Tenants | null = null;
  const acts: OwnAct[] = [];
  const changed: string[] = [];

  beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'voice-gateway-tenants-')); });
  afterEach(async () => {
    await tenants?.close();
    tenants = null;
    await rm(folder, { recursive: true });
  });

  const open = async (env: Readonly<Record<string, string>>): Promise<Tenants['editor']> => {
    const loaded = loadConfig({ file: 'gateway.yaml', env: { VG_ASTERISK_PASSWORD: 'pw', ...env }, readFile: () => ACCOUNTS });
    if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
    const runtime = { clock: new VirtualClock(), log: silentLogger, metrics: new PrometheusMetrics({ logger: silentLogger }), ids: new SequentialIds() };
    tenants = await openTenants(loaded.value, runtime, {
      audit: { recordOwn: (act) => { acts.push(act); return Promise.resolve(); } }, checksSpeech: true, onChange: (ids) => { changed.push(...ids); },
    }, signal);
    return tenants.editor;
  };

  it('edits the files of a directory; what has changed is audited and told', async () => {
    await writeFile(path.join(folder, 'bank.yaml'), FILE);
    const editor = await open({ VG_TENANTS_DIRECTORY: folder });
    const written = await editor.read(BANK, PART, signal);
    if (typeof written === 'string') throw new Error(written);
    const edit = (stt: string) => editor.edit(BANK, { part: PART, settings: { ...written.settings, speech: { voice: 'rms', stt: [stt] } }, expected: written.version, governs: false }, signal);
    // The account of another tenant is as one that does not exist, and is not named either.
    const refused = await edit('theirs');
    expect(refused).to.have.nested.property('faults[0].at', 'speech.stt');
    expect(JSON.stringify(refused)).to.include('ours').and.not.match(/local, ours, theirs/u);
    expect(await edit('ours')).not.to.have.property('refused');
    expect(await readFile(path.join(folder, 'bank.yaml'), 'utf8')).to.include('ours');
    expect([changed, acts.map(({ act, subject }) => `${act} ${subject ?? ''}`)]).to.deep.equal([[BANK], ['reloadTenant north-bank']]);
  });

  it('leaves the tenants of a tenant-manager to it', async () => {
    const editor = await open({ VG_TENANTS_MANAGER_URL: 'https://tenants.example.com', VG_TENANTS_SERVED: 'north-bank' });
    expect(await editor.read(BANK, PART, signal)).to.equal('read-only');
    expect(await editor.edit(BANK, { part: PART, settings: {}, expected: null, governs: true }, signal)).to.deep.equal({ refused: 'read-only' });
  });
});
