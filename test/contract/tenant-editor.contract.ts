import { expect } from 'chai';
import type { EditOutcome, Settings, TenantEditor, TenantPart, WrittenSettings } from '../../src/application/ports/tenant-editor.js';
import { agentId, tenantId } from '../../src/domain/shared/ids.js';

const BANK = tenantId('north-bank');
const OWN: TenantPart = { kind: 'settings' };
const part = (id: string): TenantPart => ({ kind: 'agent', agentId: agentId(id) });
const AGENT = { name: 'Card delivery', language: 'en-US', speech: { voice: 'rms' } };

/** What the editor under test has to hold: tenant north-bank, its agents card-delivery, who answers 5551000, and night, who answers no number. */
export const EDITED_TENANT: { readonly settings: Settings; readonly agents: readonly (Settings & { readonly id: string })[] } = {
  settings: { name: 'North Bank', dids: [{ number: '5551000', agent: 'card-delivery' }] },
  agents: [{ id: 'card-delivery', ...AGENT }, { id: 'night', ...AGENT, name: 'Night' }],
};

/** One suite for every TenantEditor. */
export function tenantEditorContract(open: () => Promise<TenantEditor>): void {
  const { signal } = new AbortController();
  let editor: TenantEditor;

  beforeEach(async () => { editor = await open(); });

  const read = async (of: TenantPart): Promise<WrittenSettings> => {
    const written = await editor.read(BANK, of, signal);
    if (typeof written === 'string') throw new Error(written);
    return written;
  };
  const edit = (of: TenantPart, settings: Settings | null, expected: string | null): Promise<EditOutcome> => editor.edit(BANK, { part: of, settings, expected, governs: true }, signal);

  it('reads what is written, each with its version', async () => {
    expect((await read(OWN)).settings).to.deep.equal(EDITED_TENANT.settings);
    expect((await read(part('night'))).settings).to.deep.equal(EDITED_TENANT.agents[1]);
    expect((await read(part('night'))).version).to.match(/^[0-9a-f]{64}$/u).and.not.to.equal((await read(part('card-delivery'))).version);
  });

  it('knows no other tenants and agents', async () => {
    expect(await editor.read(tenantId('nobody'), OWN, signal)).to.equal('not-found');
    expect(await editor.read(BANK, part('nobody'), signal)).to.equal('not-found');
    expect(await editor.edit(tenantId('nobody'), { part: OWN, settings: {}, expected: '0', governs: true }, signal)).to.deep.equal({ refused: 'not-found' });
  });

  it('replaces what the editor has seen, and tells both versions', async () => {
    const { version } = await read(part('night'));
    const outcome = await edit(part('night'), { ...AGENT, name: 'Late' }, version);
    const now = await read(part('night'));
    expect(now.settings).to.deep.equal({ id: 'night', ...AGENT, name: 'Late' });
    expect(outcome).to.deep.equal({ before: version, after: now.version });
    const own = await read(OWN);
    await edit(OWN, { ...own.settings, name: 'South Bank' }, own.version);
    expect((await read(OWN)).settings).to.deep.equal({ ...EDITED_TENANT.settings, name: 'South Bank' });
  });

  it('replaces nothing that the editor has not seen', async () => {
    const { version } = await read(part('night'));
    await edit(part('night'), { ...AGENT, name: 'First' }, version);
    expect(await edit(part('night'), { ...AGENT, name: 'Second' }, version)).to.deep.equal({ refused: 'changed' });
    expect(await edit(part('night'), AGENT, null)).to.deep.equal({ refused: 'changed' });
    expect(await edit(part('nobody'), AGENT, version)).to.deep.equal({ refused: 'changed' });
    expect((await read(part('night'))).settings['name']).to.equal('First');
  });

  it('lets one of many who edit the same version have its way', async () => {
    const { version } = await read(part('night'));
    const outcomes = await Promise.all([1, 2, 3, 4].map((name) => edit(part('night'), { ...AGENT, name: String(name) }, version)));
    expect(outcomes.filter((outcome) => !('refused' in outcome))).to.have.length(1);
    expect(outcomes.filter((outcome) => 'refused' in outcome && outcome.refused === 'changed')).to.have.length(3);
  });

  it('makes an agent where there is none', async () => {
    expect(await edit(part('day'), AGENT, null)).to.include({ before: null });
    expect((await read(part('day'))).settings).to.deep.equal({ id: 'day', ...AGENT });
  });

  it('takes an agent away, unless a number is answered by it or it is the last', async () => {
    const [night, card] = [await read(part('night')), await read(part('card-delivery'))];
    expect(await edit(part('card-delivery'), null, card.version)).to.deep.equal({ refused: 'in-use' });
    expect(await edit(part('night'), null, card.version)).to.deep.equal({ refused: 'changed' });
    expect(await edit(part('night'), null, night.version)).to.deep.equal({ before: night.version, after: null });
    expect(await editor.read(BANK, part('night'), signal)).to.equal('not-found');
    expect(await edit(part('night'), null, night.version)).to.deep.equal({ refused: 'not-found' });
    const own = await read(OWN);
    await edit(OWN, { ...own.settings, dids: [] }, own.version);
    expect(await edit(part('card-delivery'), null, card.version)).to.deep.equal({ refused: 'in-use' });
  });
}
