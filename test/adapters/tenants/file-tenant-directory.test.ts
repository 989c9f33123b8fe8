import { mkdtemp, readdir, rm, writeFile, utimes } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { FileTenantDirectory } from '../../../src/adapters/tenants/file-tenant-directory.js';
import type { TenantChange } from '../../../src/adapters/tenants/tenant-changes.js';
import { loadTenant } from '../../../src/config/load-tenant.js';
import { agentId, tenantId } from '../../../src/domain/shared/ids.js';
import type { Tenant } from '../../../src/domain/tenant/tenant.js';
import { failure, tenantDirectoryContract } from '../../contract/tenant-directory.contract.js';
import { aTenant } from '../../support/builders/a-tenant.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const load = (file: string): ReturnType<typeof loadTenant> => loadTenant({ file, readFile: (path) => readFileSync(path, 'utf8') });

/** A tenant as its file says it. */
function fileOf(tenant: Tenant): string {
  const agents = tenant.agents.map(({ id, name, language, speech, prompts, fallback, transferContext, transferNumbers, turnPolicy, pci }) => ({
    id, name, language, prompts, transferContext, transferNumbers, turnPolicy, pci,
    speech: { stt: speech.sttProviders, tts: speech.ttsProviders, vad: speech.vadProvider, voice: speech.voice, grammar: speech.grammar, phrases: speech.phrases },
    fallback: fallback === null ? 'none' : fallback.kind === 'extension' ? { extension: fallback.extension } : fallback.kind === 'queue' ? { queue: fallback.queue } : { number: fallback.number },
  }));
  const dids = tenant.dids.map((did) => ({ number: did.number.replace(/[ -]/gu, ''), agent: did.agentId }));
  return stringify({ ...tenant, dids, agents });
}

describe('FileTenantDirectory', () => {
  const signal = new AbortController().signal;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voice-gateway-tenants-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  const open = (clock = new VirtualClock(), logger = new RecordingLogger()): Promise<FileTenantDirectory> =>
    FileTenantDirectory.open({ directory: folder, load, reloadIntervalMs: 2000, clock, logger }, signal);

  tenantDirectoryContract(async (tenants) => {
    for (const tenant of tenants) await write(`${tenant.id}.yaml`, fileOf(tenant));
    const directory = await FileTenantDirectory.open({ directory: folder, load, reloadIntervalMs: 2000, clock: new VirtualClock(), logger: silentLogger }, signal);
    return { directory, lists: true, dispose: () => Promise.resolve() };
  });

  /** A new version whose time differs even on a file system with coarse times. */
  const change = async (name: string, text: string, secondsLater: number): Promise<void> => {
    await write(name, text);
    const later = new Date(Date.now() + secondsLater * 1000);
    await utimes(join(folder, name), later, later);
  };

  it('takes up a changed file', async () => {
    await write('a.yaml', fileOf(aTenant()));
    const directory = await open();
    await change('a.yaml', fileOf(aTenant({ name: 'Renamed' })), 10);
    await directory.reload();
    expect((await directory.findById(tenantId('north-bank'), signal))?.name).to.equal('Renamed');
    await directory.close();
  });

  it('tells which tenants are other than before, by digests of their settings; not at the first look', async () => {
    await write('a.yaml', fileOf(aTenant()));
    const told: TenantChange[] = [];
    const directory = await FileTenantDirectory.open({
      directory: folder, load, reloadIntervalMs: 2000, clock: new VirtualClock(), logger: silentLogger, onChange: (changes) => { told.push(...changes); },
    }, signal);
    expect(told).to.deep.equal([]);
    await change('a.yaml', fileOf(aTenant()), 10); // written again, and the same
    await directory.reload();
    expect(told).to.deep.equal([]);
    await change('a.yaml', fileOf(aTenant({ name: 'Renamed' })), 20);
    await directory.reload();
    await rm(join(folder, 'a.yaml'));
    await directory.reload();
    expect(told.map(({ tenantId: id }) => id)).to.deep.equal(['north-bank', 'north-bank']);
    const [renamed, removed] = told;
    expect(renamed?.before).to.match(/^[0-9a-f]{64}$/u).and.not.equal(renamed?.after);
    expect(removed).to.deep.include({ before: renamed?.after, after: null });
    await directory.close();
  });

  it('looks at the files again by itself', async () => {
    await write('a.yaml', fileOf(aTenant()));
    const clock = new VirtualClock();
    const logger = new RecordingLogger();
    const directory = await open(clock, logger);
    for (const [round, name] of ['first', 'second'].entries()) {
      await change('a.yaml', fileOf(aTenant({ name })), 10 * (round + 1));
      while (clock.pending === 0) await clock.settle();
      await clock.run(2000);
      while ((await directory.findById(tenantId('north-bank'), signal))?.name !== name) await clock.settle();
    }
    await directory.close();
    expect(clock.pending).to.equal(0);
  });

  it('takes up new files and drops removed ones', async () => {
    await write('a.yaml', fileOf(aTenant()));
    const directory = await open();
    await write('b.yml', fileOf(aTenant({ id: tenantId('harbour-grill'), dids: [{ number: '5552000', agentId: agentId('card-delivery') }] })));
    await directory.reload();
    expect((await directory.findByDid('5552000', '', signal))?.id).to.equal('harbour-grill');
    await rm(join(folder, 'a.yaml'));
    await directory.reload();
    expect(await directory.findByDid('5551000', '', signal)).to.equal(null);
    await directory.close();
  });

  it('keeps the old version when the new one is faulty, tells every fault once with its place, and takes up the cure', async () => {
    await write('a.yaml', fileOf(aTenant()));
    const logger = new RecordingLogger();
    const directory = await open(undefined, logger);
    await change('a.yaml', 'id: north-bank\nnmae: typo\n', 10);
    await directory.reload();
    await directory.reload();
    expect((await directory.findByDid('5551000', '', signal))?.name).to.equal('North Bank');
    const told = logger.lines.filter((line) => line.level === 'error');
    expect(told.map((line) => line.fields['fault'])).to.include('nmae is not a setting');
    expect(told.filter((line) => line.fields['fault'] === 'nmae is not a setting')).to.have.lengthOf(1);
    expect(told[0]!.fields['source']).to.equal(join(folder, 'a.yaml'));
    expect(directory.faults.join('\n')).to.contain('a.yaml:2: nmae is not a setting (fix: did you mean name?)');

    await change('a.yaml', fileOf(aTenant({ name: 'Cured' })), 20);
    await directory.reload();
    expect((await directory.findByDid('5551000', '', signal))?.name).to.equal('Cured');
    expect(directory.faults).to.deep.equal([]);
    await directory.close();
  });

  it('serves the other tenants when one file is faulty from the start', async () => {
    await write('a.yaml', fileOf(aTenant()));
    await write('b.yaml', ': nonsense : [');
    const directory = await open();
    expect((await directory.list(signal)).map((tenant) => tenant.id)).to.deep.equal(['north-bank']);
    expect(directory.faults.join()).to.contain('b.yaml');
    await directory.close();
  });

  it('takes up a changed grammar file, and one that was missing', async () => {
    const tenant = fileOf(aTenant()).replace('grammar: null', 'grammar: words.jsgf');
    await write('a.yaml', fileOf(aTenant()));
    const directory = await open();
    await change('a.yaml', tenant, 10);
    await directory.reload();
    expect(directory.faults.join()).to.contain('the grammar cannot be read');
    const grammar = async (): Promise<string | null> => (await directory.findById(tenantId('north-bank'), signal))!.agents[0]!.speech.grammar;
    expect(await grammar()).to.equal(null);
    await write('words.jsgf', '#JSGF V1.0; grammar a; public <a> = yes;');
    await directory.reload();
    expect(await grammar()).to.contain('yes');
    await change('words.jsgf', '#JSGF V1.0; grammar a; public <a> = no;', 30);
    await directory.reload();
    expect(await grammar()).to.contain('no');
    await directory.close();
  });

  it('gives a number that two files claim to the first, and tells so', async () => {
    await write('a.yaml', fileOf(aTenant()));
    await write('b.yaml', fileOf(aTenant({ id: tenantId('rival') })));
    const logger = new RecordingLogger();
    const directory = await open(undefined, logger);
    expect((await directory.findByDid('5551000', '', signal))?.id).to.equal('north-bank');
    expect((await directory.findById(tenantId('rival'), signal))?.id).to.equal('rival');
    expect(directory.faults.join()).to.contain('dids[0] of rival belongs to north-bank already');
    expect(logger.messages('error')).to.deep.equal(['tenant files contradict each other: the first one has its way']);
    await directory.close();
  });

  it('does not open without a valid tenant, and says what is wrong', async () => {
    await write('a.yaml', 'id: 7\n');
    const error = await failure(open());
    expect(error.code).to.equal('tenant-directory/no-tenants');
    expect(error.message).to.contain('a.yaml:1').and.to.contain('put it in quotes');
  });

  it('does not open a directory that is not there', async () => {
    const opening = FileTenantDirectory.open({ directory: join(folder, 'nowhere'), load, reloadIntervalMs: 2000, clock: new VirtualClock(), logger: silentLogger }, signal);
    expect((await failure(opening)).code).to.equal('tenant-directory/unreadable');
  });

  it('goes on with what it knows when the directory vanishes', async () => {
    await write('a.yaml', fileOf(aTenant()));
    const logger = new RecordingLogger();
    const directory = await open(undefined, logger);
    await rm(folder, { recursive: true });
    await directory.reload();
    await directory.reload();
    expect((await directory.findByDid('5551000', '', signal))?.id).to.equal('north-bank');
    expect(logger.messages('error')).to.deep.equal(['tenant directory cannot be read: tenants stay as they were']);
    await directory.close();
    folder = await mkdtemp(join(tmpdir(), 'voice-gateway-tenants-'));
  });

  it('loads nothing anew while nothing changes', async () => {
    await write('a.yaml', fileOf(aTenant()));
    let loads = 0;
    const directory = await FileTenantDirectory.open({
      directory: folder, reloadIntervalMs: 2000, clock: new VirtualClock(), logger: silentLogger, load: (file) => { loads += 1; return load(file); },
    }, signal);
    await directory.reload();
    await directory.reload();
    expect(loads).to.equal(1);
    await directory.close();
  });

  it('ignores files that are no tenant files', async () => {
    await write('a.yaml', fileOf(aTenant()));
    await write('.hidden.yaml', 'x');
    await write('notes.txt', 'x');
    const directory = await open();
    expect(await readdir(folder)).to.have.lengthOf(3);
    expect(directory.faults).to.deep.equal([]);
    await directory.close();
  });
});
