import { readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { PortError } from '../../../../src/application/ports/port-error.js';
import { summaryOf } from '../../../../src/domain/call/call-summary.js';
import { aCallRecord } from '../../../support/builders/a-call.js';
import { aTenant } from '../../../support/builders/a-tenant.js';
import { ApiScene } from '../../../support/servers/api-scene.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

describe('apiRouter', () => {
  let scene: ApiScene;

  beforeEach(async () => {
    scene = new ApiScene();
    await scene.open();
  });

  afterEach(async () => {
    await scene.close();
  });

  it('answers an operation with what its schema says', async () => {
    scene.application.accounts = [{ call: summaryOf(aCallRecord(), []), story: null }];
    const { status, body } = await scene.ask('GET', '/api/v1/calls', { token: scene.token('viewer', aCallRecord().tenantId) });
    expect(status).to.equal(200);
    expect(body).to.have.property('calls').with.lengthOf(1);
    expect(body?.['calls']).to.have.nested.property('[0].callId', aCallRecord().callId);
  });

  it('tells everybody without a good token the same', async () => {
    const answers = [
      await scene.ask('GET', '/api/v1/calls'), await scene.ask('GET', '/api/v1/calls', { token: 'forged' }),
      await scene.ask('GET', '/api/v1/calls', { headers: { authorization: 'Basic dXNlcjpwYXNz' } }),
      await scene.ask('GET', '/api/v1/calls', { headers: { authorization: `Bearer ${'x'.repeat(9000)}` } }),
      await scene.ask('GET', '/api/v1/calls?ticket=ticket-1'),
    ];
    for (const { status, headers, body } of answers) {
      expect(status).to.equal(401);
      expect(body).to.include({ code: 'unauthenticated', status: 401 });
      expect(headers.get('www-authenticate')).to.match(/^Bearer/u);
    }
  });

  it('says 503, not 401, while tokens cannot be checked', async () => {
    scene.verifier.failure = new PortError('no keys', { code: 'token-verifier/unavailable', kind: 'unavailable' });
    const { status, headers } = await scene.ask('GET', '/api/v1/calls', { token: 'any' });
    expect(status).to.equal(503);
    expect(headers.get('retry-after')).to.equal('5');
  });

  it('shows another tenant as if there were none', async () => {
    const foreign = await scene.ask('GET', '/api/v1/calls?tenant=harbour-grill', { token: scene.token('admin') });
    const nowhere = await scene.ask('GET', '/api/v1/nothing', { token: scene.token('admin') });
    const told = ({ body }: typeof foreign): unknown => ({ ...body, requestId: '' });
    expect(foreign.status).to.equal(404);
    expect(told(foreign)).to.deep.equal(told(nowhere));
  });

  it('asks a token for all tenants whose calls are meant', async () => {
    scene.application.allTenants = [aTenant()];
    const token = scene.token('platform');
    expect((await scene.ask('GET', '/api/v1/calls', { token })).status).to.equal(400);
    expect((await scene.ask('GET', '/api/v1/calls?tenant=north-bank', { token })).status).to.equal(200);
  });

  it('names each fault of a request', async () => {
    const { status, body } = await scene.ask('GET', '/api/v1/calls?limit=900&colour=red', { token: scene.token('viewer') });
    expect(status).to.equal(400);
    expect((body?.['faults'] as { at: string }[]).map(({ at }) => at)).to.include('query.limit');
    expect(JSON.stringify(body)).to.include('colour');
  });

  it('tells which methods a path knows', async () => {
    const { status, headers } = await scene.ask('DELETE', '/api/v1/calls', { token: scene.token('admin') });
    expect(status).to.equal(405);
    expect(headers.get('allow')).to.equal('GET, HEAD, POST');
  });

  it('says nothing of what broke inside, and logs it', async () => {
    scene.application.queries.calls = () => Promise.reject(new Error('password is hunter2'));
    const { status, text } = await scene.ask('GET', '/api/v1/calls', { token: scene.token('viewer') });
    expect(status).to.equal(500);
    expect(text).not.to.include('hunter2');
    expect(scene.logger.lines.some(({ level }) => level === 'error')).to.equal(true);
  });

  it('calls a cursor that no page gave a mistake of the client', async () => {
    scene.application.queries.calls = () => Promise.reject(new PortError('no cursor', { code: 'call-history/bad-cursor', kind: 'rejected' }));
    const { status, body } = await scene.ask('GET', '/api/v1/calls?cursor=nonsense', { token: scene.token('viewer') });
    expect(status).to.equal(400);
    expect(body).to.have.nested.property('faults[0].at', 'query.cursor');
    expect(scene.logger.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  it('asks nobody about what cannot be a tenant', async () => {
    const token = scene.token('platform');
    const asked: string[] = [];
    scene.application.queries.calls = (tenant) => { asked.push(tenant); return Promise.resolve({ calls: [], cursor: null }); };
    for (const tenant of ['', '..%2F..', 'a'.repeat(65), 'North-Bank', 'a%0Ab']) {
      expect((await scene.ask('GET', `/api/v1/calls?tenant=${tenant}`, { token })).status, tenant).to.equal(404);
    }
    expect(asked).to.deep.equal([]);
  });

  it('keeps in the trail what an act was meant for when it is refused, fails or is not waited for', async () => {
    const path = '/api/v1/calls/01JCTEST000000000000000001/hangup';
    await scene.ask('POST', path, { token: scene.token('viewer'), body: {} });
    scene.application.commands.order = () => Promise.reject(new Error('broken'));
    await scene.ask('POST', path, { token: scene.token('operator'), body: {} });
    scene.logger.lines.splice(0);
    const client = new AbortController();
    scene.application.commands.order = (_tenant, _call, _order, signal) => new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => { reject(signal.reason as Error); });
      client.abort();
    });
    await scene.ask('POST', path, { token: scene.token('operator'), body: {}, signal: client.signal }).catch(() => undefined);
    while (scene.audit.entries.length < 3) await new Promise((resolve) => { setImmediate(resolve); });
    expect(scene.audit.entries.map(({ subject, outcome, code }) => ({ subject, outcome, code }))).to.deep.equal([
      { subject: '01JCTEST000000000000000001', outcome: 'refused', code: 'forbidden' },
      { subject: '01JCTEST000000000000000001', outcome: 'failed', code: 'internal-error' },
      { subject: '01JCTEST000000000000000001', outcome: 'failed', code: 'client-gone' },
    ]);
    expect(scene.logger.lines.filter(({ level }) => level === 'error'), 'who hangs up calls no operator').to.deep.equal([]);
  });

  describe('the time of a request', () => {
    const requestWith = async (client: AbortController, meanwhile: (signal: AbortSignal) => void, answer: (signal: AbortSignal) => Promise<unknown>): Promise<{ readonly status: number; readonly signal: AbortSignal }> => {
      const given: AbortSignal[] = [];
      scene.application.queries.calls = async (_tenant, _filter, _page, signal) => {
        given.push(signal);
        meanwhile(signal);
        await answer(signal);
        return { calls: [], cursor: null };
      };
      const status = await scene.ask('GET', '/api/v1/calls', { token: scene.token('viewer'), signal: client.signal }).then((told) => told.status, () => 0);
      const [signal] = given;
      if (signal === undefined) throw new Error('nobody was asked');
      return { status, signal };
    };
    const aborted = (signal: AbortSignal): Promise<never> => new Promise((_resolve, reject) => { signal.addEventListener('abort', () => { reject(signal.reason as Error); }); });

    it('is ten seconds', async () => {
      await scene.close();
      const clock = new VirtualClock();
      scene = new ApiScene({ clock });
      await scene.open();
      const { status, signal } = await requestWith(new AbortController(), () => { setImmediate(() => { clock.advance(9_999); setImmediate(() => { clock.advance(1); }); }); }, aborted);
      expect(status).to.equal(503);
      expect((signal.reason as Error).name).to.equal('TimeoutError');
    });

    it('ends when the client goes', async () => {
      const client = new AbortController();
      const { status, signal } = await requestWith(client, () => { client.abort(); }, aborted);
      expect(status).to.equal(0);
      while (!signal.aborted) await new Promise((resolve) => { setImmediate(resolve); });
    });

    it('is not aborted for who was answered, nor kept', async () => {
      await scene.close();
      const clock = new VirtualClock();
      scene = new ApiScene({ clock });
      await scene.open();
      const { status, signal } = await requestWith(new AbortController(), () => undefined, () => Promise.resolve());
      expect(status).to.equal(200);
      while (clock.pending > 0) await new Promise((resolve) => { setImmediate(resolve); }); // the connection ends a little after the answer
      expect(signal.aborted).to.equal(false);
    });
  });

  it('serves the document and the page to try it', async () => {
    const document = await scene.ask('GET', '/openapi.json');
    expect(document.body).to.have.property('openapi', '3.1.0');
    const page = await scene.ask('GET', '/docs');
    expect(page.text).to.include('swagger-ui');
    const files = [...page.text.matchAll(/(?:src|href)="(docs\/[^"]+)"/gu)].map((match) => match[1] ?? '');
    expect(files).to.have.length.above(3);
    for (const file of files) expect((await scene.ask('GET', `/${file}`)).status, file).to.equal(200);
  });

  it('serves no other file of the package that the page comes from', async () => {
    const all = await readdir(new URL('../../../../node_modules/swagger-ui-dist', import.meta.url));
    const answers = await Promise.all(all.map(async (file) => ({ file, status: (await scene.ask('GET', `/docs/${file}`)).status })));
    expect(answers.filter(({ status }) => status === 200).map(({ file }) => file).sort()).to.deep.equal(['favicon-32x32.png', 'swagger-ui-bundle.js', 'swagger-ui.css']);
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200, 404]));
    expect((await scene.ask('GET', '/docs/..%2fpackage.json')).status).to.equal(404);
  });
});
