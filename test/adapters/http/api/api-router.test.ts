import { expect } from 'chai';
import { PortError } from '../../../../src/application/ports/port-error.js';
import { summaryOf } from '../../../../src/domain/call/call-summary.js';
import { aCallRecord } from '../../../support/builders/a-call.js';
import { ApiScene } from '../../../support/servers/api-scene.js';

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

  it('serves the document and the page to try it', async () => {
    const document = await scene.ask('GET', '/openapi.json');
    expect(document.body).to.have.property('openapi', '3.1.0');
    const page = await scene.ask('GET', '/docs');
    expect(page.text).to.include('swagger-ui');
    const files = [...page.text.matchAll(/(?:src|href)="(docs\/[^"]+)"/gu)].map((match) => match[1] ?? '');
    expect(files).to.have.length.above(3);
    for (const file of files) expect((await scene.ask('GET', `/${file}`)).status, file).to.equal(200);
  });
});
