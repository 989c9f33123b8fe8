import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { summaryOf } from '../../../../src/domain/call/call-summary.js';
import { aCallRecord } from '../../../support/builders/a-call.js';
import { ApiScene } from '../../../support/servers/api-scene.js';

const MB = 1024 * 1024;
const SAY = `/api/v1/calls/${aCallRecord().callId}/say`;
const deep = (levels: number, open: string, close: string, core: string): string => open.repeat(levels) + core + close.repeat(levels);

/** Bodies that are not what they say, or far too much of it. */
describe('the body of a request', () => {
  let scene: ApiScene;

  beforeEach(async () => {
    scene = new ApiScene();
    scene.application.accounts = [{ call: summaryOf(aCallRecord(), []), story: null }];
    await scene.open();
  });
  afterEach(async () => { await scene.close(); });

  interface Sent {
    readonly body: string | Buffer;
    readonly headers?: Readonly<Record<string, string>>;
    readonly token?: string;
  }
  /** By hand: fetch would not send what is wrong. A server may answer and cut before it has read all. */
  const send = async ({ body, headers = {}, token = scene.token('operator') }: Sent): Promise<{ readonly status: number; readonly code: unknown }> => {
    const request = httpRequest(scene.url + SAY, { method: 'POST', agent: false, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers } });
    request.on('error', () => undefined);
    request.end(body);
    const [response] = await once(request, 'response') as [IncomingMessage];
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece as string;
    request.destroy();
    return { status: response.statusCode ?? 0, code: text === '' ? null : (JSON.parse(text) as { readonly code?: unknown }).code };
  };

  it('is cut off at its limit, whether its length is told or not', async () => {
    const body = JSON.stringify({ text: 'x'.repeat(10 * MB) });
    expect(await send({ body, headers: { 'content-length': String(body.length) } })).to.deep.equal({ status: 413, code: 'body-too-large' });
    expect(await send({ body, headers: { 'transfer-encoding': 'chunked' } })).to.deep.equal({ status: 413, code: 'body-too-large' });
  });

  it('is not read before it is known who sends it', async () => {
    expect(await send({ body: 'x'.repeat(10 * MB), token: 'forged' })).to.include({ status: 401 });
  });

  it('is measured when it is unpacked', async () => {
    const bomb = gzipSync(JSON.stringify({ text: 'x'.repeat(50 * MB) }));
    expect(bomb.length).to.be.below(MB / 4);
    expect(await send({ body: bomb, headers: { 'content-encoding': 'gzip' } })).to.deep.equal({ status: 413, code: 'body-too-large' });
    expect(await send({ body: gzipSync('{"text":"Hello"}'), headers: { 'content-encoding': 'gzip' } })).to.include({ status: 202 });
  });

  it('may be as deep as it likes: it is refused, and nothing overflows', async () => {
    for (const body of [deep(100_000, '[', ']', ''), `{"text":${deep(100_000, '[', ']', '')}}`, deep(25_000, '{"text":', '}', '1')]) {
      expect((await send({ body })).status, body.slice(0, 20)).to.equal(400);
    }
    expect(scene.logger.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  const wrong: readonly (readonly [string, Sent, number, string])[] = [
    ['is cut short', { body: '{"text":"a' }, 400, 'invalid-body'],
    ['is no JSON', { body: 'text=hello' }, 400, 'invalid-body'],
    ['is not packed as it says', { body: '{"text":"a"}', headers: { 'content-encoding': 'gzip' } }, 400, 'invalid-body'],
    ['is packed in a way that nobody knows', { body: '{"text":"a"}', headers: { 'content-encoding': 'rot13' } }, 415, 'unsupported-media-type'],
    ['is written in letters that nobody knows', { body: '{"text":"a"}', headers: { 'content-type': 'application/json; charset=klingon' } }, 415, 'unsupported-media-type'],
    ['is a form', { body: 'text=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'unsupported-media-type'],
    ['is XML', { body: '<text/>', headers: { 'content-type': 'application/xml' } }, 415, 'unsupported-media-type'],
    ['is a bare text', { body: '"hello"' }, 400, 'invalid-body'],
    ['is not there', { body: '' }, 400, 'invalid-request'],
    ['has the same property twice, the second of which is wrong', { body: '{"text":"a","text":7}' }, 400, 'invalid-request'],
  ];
  for (const [name, sent, status, code] of wrong) {
    it(`is refused when it ${name}`, async () => {
      expect(await send(sent)).to.deep.equal({ status, code });
      expect(scene.application.orders).to.deep.equal([]);
      expect(scene.logger.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
    });
  }
});
