import { expect } from 'chai';
import type { EditRefusal } from '../../../../src/application/ports/tenant-editor.js';
import { agentId, tenantId } from '../../../../src/domain/shared/ids.js';
import { ApiScene } from '../../../support/servers/api-scene.js';

const BANK = tenantId('north-bank');
const AGENT = '/api/v1/tenants/north-bank/agents/night';
const SETTINGS = '/api/v1/tenants/north-bank/settings';

describe('Editing tenants by the API', () => {
  let scene: ApiScene;
  let token: string;

  beforeEach(async () => {
    scene = new ApiScene();
    await scene.open();
    token = scene.token('admin');
    const { editor } = scene.application;
    editor.put(BANK, { kind: 'settings' }, { name: 'North Bank' });
    for (const id of ['card-delivery', 'night']) editor.put(BANK, { kind: 'agent', agentId: agentId(id) }, { id, name: id });
  });
  afterEach(async () => { await scene.close(); });

  const put = (body: unknown, headers: Readonly<Record<string, string>>, at = AGENT) => scene.ask('PUT', at, { token, body, headers });

  for (const at of [AGENT, SETTINGS]) {
    it(`what was read, edited and written back is what is read then (${at})`, async () => {
      const read = await scene.ask('GET', at, { token });
      const written = await put({ ...read.body, name: 'Other' }, { 'if-match': read.headers.get('etag') ?? '' }, at);
      expect(written.status).to.equal(200);
      const again = await scene.ask('GET', at, { token });
      expect(again.body).to.deep.equal({ ...read.body, name: 'Other' });
      expect(again.headers.get('etag')).to.equal(written.headers.get('etag')).and.not.equal(read.headers.get('etag'));
    });
  }

  it('needs to know what the client has seen', async () => {
    expect((await put({ name: 'x' }, {})).status).to.equal(428);
    expect((await scene.ask('DELETE', AGENT, { token })).status).to.equal(428);
    expect((await put({ name: 'x' }, { 'if-match': '"old"' })).status).to.equal(412);
    expect((await put({ name: 'x' }, { 'if-none-match': '*' })).status).to.equal(412);
    for (const headers of [{ 'if-match': '*' }, { 'if-match': 'W/"old"' }, { 'if-none-match': '"old"' }, { 'if-match': '"old"', 'if-none-match': '*' }]) {
      expect((await put({ name: 'x' }, headers)).status, JSON.stringify(headers)).to.equal(400);
    }
    expect((await scene.ask('GET', AGENT, { token })).body).to.deep.equal({ id: 'night', name: 'night' });
  });

  it('makes an agent, says where, and takes it away', async () => {
    const made = await put({ name: 'Day' }, { 'if-none-match': '*' }, AGENT.replace('night', 'day'));
    expect([made.status, made.headers.get('location')]).to.deep.equal([200, AGENT.replace('night', 'day')]);
    const gone = await scene.ask('DELETE', AGENT.replace('night', 'day'), { token, headers: { 'if-match': made.headers.get('etag') ?? '' } });
    expect(gone.status).to.equal(204);
  });

  it('keeps in the audit trail who changed what into what, by digests', async () => {
    const etag = (await scene.ask('GET', AGENT, { token })).headers.get('etag') ?? '';
    const after = (await put({ id: 'night', name: 'Other' }, { 'if-match': etag })).headers.get('etag') ?? '';
    await scene.ask('DELETE', AGENT, { token, headers: { 'if-match': after } });
    expect(scene.audit.entries.map(({ act, subject, actor, outcome, change }) => ({ act, subject, who: actor.subject, outcome, change }))).to.deep.equal([
      { act: 'putAgent', subject: 'night', who: 'admin@example.com', outcome: 'done', change: { before: etag.slice(1, -1), after: after.slice(1, -1) } },
      { act: 'deleteAgent', subject: 'night', who: 'admin@example.com', outcome: 'done', change: { before: after.slice(1, -1), after: null } },
    ]);
  });

  it('lets only the platform govern', async () => {
    await put({ name: 'x' }, { 'if-match': '"a"' });
    await scene.ask('PUT', AGENT, { token: scene.token('platform'), body: { name: 'x' }, headers: { 'if-match': '"a"' } });
    expect(scene.application.editor.edits.map(({ governs }) => governs)).to.deep.equal([false, true]);
    expect((await scene.ask('PUT', AGENT, { token: scene.token('operator'), body: {}, headers: { 'if-match': '"a"' } })).status).to.equal(403);
  });

  const refusals: readonly (readonly [EditRefusal, number, string | undefined, readonly string[]])[] = [
    [{ refused: 'not-found' }, 404, undefined, []],
    [{ refused: 'changed' }, 412, undefined, []],
    [{ refused: 'read-only' }, 409, 'read-only', []],
    [{ refused: 'in-use' }, 409, 'in-use', []],
    [{ refused: 'busy' }, 409, 'busy', []],
    [{ refused: 'governed', settings: ['dids'] }, 403, 'governed', ['body.dids']],
    [{ refused: 'faulty', faults: [{ at: 'speech.voice', message: 'x' }, { at: '', message: 'y' }] }, 400, 'faulty', ['body.speech.voice', 'body']],
  ];
  for (const [refusal, status, reason, places] of refusals) {
    it(`answers ${status} where it is ${refusal.refused}`, async () => {
      scene.application.editor.refusal = refusal;
      const { status: got, body } = await put({ name: 'x' }, { 'if-match': '"a"' });
      expect([got, body?.['reason'], ((body?.['faults'] ?? []) as { at: string }[]).map(({ at }) => at)]).to.deep.equal([status, reason, places]);
    });
  }

  it('reads nothing where tenants are kept elsewhere', async () => {
    scene.application.editor.read = () => Promise.resolve('read-only');
    expect((await scene.ask('GET', AGENT, { token })).body).to.include({ status: 409, reason: 'read-only' });
  });

  it('takes settings only that are an object of few levels', async () => {
    let deep: unknown = {};
    for (let level = 0; level < 2000; level += 1) deep = { deep };
    for (const body of [deep, [], 'text', '[1]']) expect((await put(body, { 'if-match': '"a"' })).status).to.equal(400);
    expect(scene.application.editor.edits).to.deep.equal([]);
  });
});
