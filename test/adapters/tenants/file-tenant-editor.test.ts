import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { FileTenantDirectory } from '../../../src/adapters/tenants/file-tenant-directory.js';
import { FileTenantEditor } from '../../../src/adapters/tenants/file-tenant-editor.js';
import type { EditFault, EditOutcome, Settings, TenantPart } from '../../../src/application/ports/tenant-editor.js';
import { checkEditedTenant } from '../../../src/config/check-edited-tenant.js';
import { loadTenant } from '../../../src/config/load-tenant.js';
import { TenantText } from '../../../src/config/tenant-text.js';
import { agentId, tenantId } from '../../../src/domain/shared/ids.js';
import { EDITED_TENANT, tenantEditorContract } from '../../contract/tenant-editor.contract.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const BANK = tenantId('north-bank');
const SPEECH = { recognisers: ['local'], detectors: ['local'], synthesisers: new Map([['local', ['rms', 'slt']]]) };
const readText = (path: string): string => readFileSync(path, 'utf8');

const FILE = `# Cards.
id: north-bank
name: North Bank
dids:
  - { number: "5551000", agent: card-delivery } # the main line
agents:
  - id: card-delivery
    name: Card delivery
    language: en-US
    speech: { voice: rms } # as the bank likes it
    transferNumbers: [ "+4930" ]
  - id: night
    name: Night # nobody calls it
    language: en-US
    speech: { voice: rms }
`;

describe('FileTenantEditor', () => {
  const { signal } = new AbortController();
  let folder: string;
  let directory: FileTenantDirectory;
  let clock: VirtualClock;

  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'voice-gateway-editor-')); });
  afterEach(async () => {
    await directory.close();
    await rm(folder, { recursive: true });
  });

  const open = async (files: Readonly<Record<string, string>>): Promise<FileTenantEditor> => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    clock = new VirtualClock();
    directory = await FileTenantDirectory.open({ directory: folder, load: (file) => loadTenant({ file, readFile: readText }), reloadIntervalMs: 2000, clock, logger: silentLogger }, signal);
    return anotherEditor();
  };
  const anotherEditor = (): FileTenantEditor => new FileTenantEditor({
    directory: folder, tenants: directory, clock,
    format: { parse: (file, text) => TenantText.parse(file, text), check: (file, text, before) => checkEditedTenant(text, before, { file, readFile: readText, speechOf: () => SPEECH }) },
  });
  const inFile = (): Promise<string> => readFile(join(folder, 'bank.yaml'), 'utf8');

  describe('as every editor', () => { tenantEditorContract(() => open({ 'bank.yaml': stringify({ id: 'north-bank', ...EDITED_TENANT.settings, agents: EDITED_TENANT.agents }) })); });

  const partOf = (id: string | null): TenantPart => (id === null ? { kind: 'settings' } : { kind: 'agent', agentId: agentId(id) });
  /** Reads, changes and writes back, as a person does. */
  const change = async (editor: FileTenantEditor, id: string | null, changed: (settings: Settings) => Settings, governs = false): Promise<EditOutcome> => {
    const written = await editor.read(BANK, partOf(id));
    if (written === 'not-found') return editor.edit(BANK, { part: partOf(id), settings: changed({}), expected: null, governs }, signal);
    return editor.edit(BANK, { part: partOf(id), settings: changed(written.settings), expected: written.version, governs }, signal);
  };
  const faultsOf = (outcome: EditOutcome): readonly EditFault[] => ('refused' in outcome && outcome.refused === 'faulty' ? outcome.faults : []);

  it('leaves all else in the file as it was, comments too', async () => {
    const editor = await open({ 'bank.yaml': FILE });
    await change(editor, 'night', (agent) => ({ ...agent, speech: { voice: 'slt' } }));
    expect(await inFile()).to.equal(FILE.replace(/voice: rms \}\n$/u, 'voice: slt }\n'));
  });

  it('is heard by the next call at once', async () => {
    const editor = await open({ 'bank.yaml': FILE });
    await change(editor, 'night', (agent) => ({ ...agent, prompts: { greeting: 'Good night.' } }));
    expect((await directory.findById(BANK, signal))?.agents[1]?.prompts.greeting).to.equal('Good night.');
  });

  it('writes nothing that is faulty, and tells each fault with its place', async () => {
    const editor = await open({ 'bank.yaml': FILE });
    const outcome = await change(editor, 'night', (agent) => ({ ...agent, langauge: 'de', speech: { voice: 'nobody', tts: ['cloud', 'local'] }, turnPolicy: { bargeInMs: -1 } }));
    expect(faultsOf(outcome).map(({ at }) => at)).to.have.members(['langauge', 'speech.voice', 'turnPolicy.bargeInMs']);
    expect(faultsOf(await change(editor, 'night', (agent) => ({ ...agent, id: 'other' }))).map(({ at }) => at)).to.deep.equal(['id']);
    expect(faultsOf(await change(editor, null, () => ({ name: 'x', agents: [] }))).map(({ at }) => at)).to.deep.equal(['agents']);
    expect(faultsOf(await change(editor, null, (own) => ({ ...own, dids: [{ number: '1', agent: 'nobody' }] }), true)).map(({ at }) => at)).to.deep.equal(['dids[0].agent']);
    expect(await inFile()).to.equal(FILE);
    expect(await readdir(folder)).to.deep.equal(['bank.yaml']);
  });

  it('takes no path of a grammar from afar, but lets one be that is there', async () => {
    for (const name of ['cards', 'secret']) await writeFile(join(folder, `${name}.jsgf`), '#JSGF V1.0;\ngrammar cards;\npublic <a> = card;\n');
    const editor = await open({ 'bank.yaml': FILE.replace('{ voice: rms } # as', '{ voice: rms, grammar: cards.jsgf } # as') });
    expect(await change(editor, 'card-delivery', (agent) => ({ ...agent, name: 'Cards' }))).not.to.have.property('refused');
    const outcome = await change(editor, 'night', (agent) => ({ ...agent, speech: { voice: 'rms', grammar: 'secret.jsgf' } }));
    expect(faultsOf(outcome).map(({ at }) => at)).to.deep.equal(['speech.grammar']);
  });

  it('lets an admin not change what is the platform\'s', async () => {
    const editor = await open({ 'bank.yaml': FILE });
    const raise = (own: Settings): Settings => ({ ...own, concurrentCallsMax: 1000, dids: [{ number: '5559999', agent: 'night' }] });
    expect(await change(editor, null, raise)).to.deep.equal({ refused: 'governed', settings: ['concurrentCallsMax', 'dids'] });
    expect(await change(editor, 'premium', () => ({ name: 'x', language: 'en-US', speech: { voice: 'rms' }, fallback: { number: '+4990012345' }, transferNumbers: ['+49900'] })))
      .to.deep.equal({ refused: 'governed', settings: ['transferNumbers', 'fallback'] });
    expect(await inFile()).to.equal(FILE);
    expect(await change(editor, null, raise, true)).not.to.have.property('refused');
    expect((await directory.findByDid('5559999', '', signal))?.concurrentCallsMax).to.equal(1000);
  });

  it('gives nobody a number of another tenant', async () => {
    const editor = await open({ 'bank.yaml': FILE, 'grill.yaml': FILE.replace('id: north-bank', 'id: grill').replace('5551000', '5552000') });
    const outcome = await change(editor, null, (own) => ({ ...own, dids: [{ number: '5551000', agent: 'night' }, { number: '5552000', agent: 'night' }] }), true);
    expect(faultsOf(outcome).map(({ at }) => at)).to.deep.equal(['dids[1].number']);
    // Also of one whose file came a moment ago, before the directory looked again.
    await writeFile(join(folder, 'late.yaml'), FILE.replace('id: north-bank', 'id: late').replace('5551000', '5553000'));
    expect(faultsOf(await change(editor, null, (own) => ({ ...own, dids: [{ number: '5553000', agent: 'night' }] }), true))).to.have.length(1);
  });

  it('changes one agent only where several share a part by an anchor', async () => {
    const shared = FILE.replace('speech: { voice: rms } # as the bank likes it', 'speech: &speech { voice: rms }').replace(/speech: \{ voice: rms \}\n$/u, 'speech: *speech\n');
    const editor = await open({ 'bank.yaml': shared });
    await change(editor, 'card-delivery', (agent) => ({ ...agent, speech: { voice: 'slt' } }));
    expect((await directory.findById(BANK, signal))?.agents.map(({ speech }) => speech.voice)).to.deep.equal(['slt', 'rms']);
  });

  it('sees a change made by hand before the directory has', async () => {
    const editor = await open({ 'bank.yaml': FILE });
    const seen = await editor.read(BANK, partOf('night'));
    await writeFile(join(folder, 'bank.yaml'), FILE.replace('Night', 'By hand'));
    const expected = seen === 'not-found' ? null : seen.version;
    expect(await editor.edit(BANK, { part: partOf('night'), settings: {}, expected, governs: true }, signal)).to.deep.equal({ refused: 'changed' });
  });

  it('waits for nobody who edits in another process, nor for ever for one who died', async () => {
    const editor = await open({ 'bank.yaml': FILE });
    const held = join(folder, '.tenant-edit');
    await writeFile(held, '');
    const now = Date.parse(clock.wallTime()) / 1000;
    await utimes(held, now, now);
    const rename1 = (agent: Settings): Settings => ({ ...agent, name: 'Other' });
    expect(await change(editor, 'night', rename1)).to.deep.equal({ refused: 'busy' });
    await utimes(held, now - 61, now - 61);
    expect(await change(editor, 'night', rename1)).to.deep.equal({ refused: 'busy' });
    expect(await change(editor, 'night', rename1)).not.to.have.property('refused');
  });

  it('leaves a file alone that is a link to somebody else\'s', async () => {
    await writeFile(join(folder, 'data'), FILE);
    await symlink('data', join(folder, 'bank.yaml'));
    const editor = await open({});
    expect(await change(editor, 'night', (agent) => ({ ...agent, name: 'Other' }))).to.deep.equal({ refused: 'read-only' });
    expect(await readFile(join(folder, 'data'), 'utf8')).to.equal(FILE);
  });

  it('keeps the rights of the file', async () => {
    const editor = await open({ 'bank.yaml': FILE });
    await chmod(join(folder, 'bank.yaml'), 0o640);
    await change(editor, 'night', (agent) => ({ ...agent, name: 'Other' }));
    expect((await stat(join(folder, 'bank.yaml'))).mode & 0o777).to.equal(0o640);
  });

  it('tells when the files cannot be read', async () => {
    const editor = await open({ 'bank.yaml': FILE });
    await rename(join(folder, 'bank.yaml'), join(folder, 'gone'));
    await editor.read(BANK, partOf('night')).then(() => expect.fail('no error'), (error: unknown) => { expect(error).to.include({ code: 'tenant-editor/unreadable', kind: 'unavailable' }); });
  });
});
