import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { z } from 'zod';
import { type Download, downloadOperation, type Operation } from '../../../../src/adapters/http/api/operation.js';
import { PortError } from '../../../../src/application/ports/port-error.js';
import { type ApiAnswer, ApiScene } from '../../../support/servers/api-scene.js';
import { until } from '../../../support/until.js';

const TEXT = '0123456789';

describe('a download', () => {
  let scene: ApiScene;
  let download: Download;
  let closed: number;

  const operation: Operation = downloadOperation({
    id: 'getAudio', method: 'get', path: '/audio', tag: 'Recordings', summary: 'audio', permission: 'calls:read', scope: 'tenant', audited: true, params: z.object({}), query: z.strictObject({}), body: null,
    answer: { kind: 'download', status: 200, doc: 'audio', mediaType: 'audio/wav' }, problems: [], example: {},
    handle: () => Promise.resolve(download),
  });
  const aDownload = (deviations: Partial<Download> = {}): Download => ({
    mediaType: 'audio/wav', fileName: 'a "b"\r\n.wav', lengthBytes: TEXT.length,
    async *read(first, last) {
      try {
        for (let at = first; at <= last; at += 4) yield await Promise.resolve(Buffer.from(TEXT.slice(at, Math.min(at + 4, last + 1))));
      } finally {
        closed += 1;
      }
    },
    ...deviations,
  });
  const ask = (range?: string, method = 'GET', headers: Readonly<Record<string, string>> = {}): Promise<ApiAnswer> =>
    scene.ask(method, '/api/v1/audio', { token: scene.token('viewer'), headers: { ...(range === undefined ? {} : { range }), ...headers } });

  beforeEach(async () => {
    closed = 0;
    download = aDownload();
    scene = new ApiScene({ operations: [operation] });
    await scene.open();
  });
  afterEach(async () => { await scene.close(); });

  it('is sent whole, under a name that breaks nothing', async () => {
    const { status, text, headers } = await ask();
    expect({ status, text }).to.deep.equal({ status: 200, text: TEXT });
    expect(headers.get('content-disposition')).to.equal('attachment; filename="a__b___.wav"');
    expect(headers.get('accept-ranges')).to.equal('bytes');
    await until(() => closed === 1);
  });

  const parts: readonly (readonly [string, string, string])[] = [
    ['bytes=0-1', '01', 'bytes 0-1/10'], ['bytes=8-', '89', 'bytes 8-9/10'], ['bytes=-3', '789', 'bytes 7-9/10'], ['bytes=-50', TEXT, 'bytes 0-9/10'], ['bytes=3-999999999999999', '3456789', 'bytes 3-9/10'],
  ];
  for (const [range, text, told] of parts) {
    it(`is sent in part: ${range}`, async () => {
      const answer = await ask(range);
      expect({ status: answer.status, text: answer.text, told: answer.headers.get('content-range') }).to.deep.equal({ status: 206, text, told });
    });
  }

  for (const range of ['bytes=10-', 'bytes=999999999999999-', 'bytes=-0']) {
    it(`has nothing in ${range}`, async () => {
      const { status, body, headers } = await ask(range);
      expect({ status, code: body?.['code'], told: headers.get('content-range') }).to.deep.equal({ status: 416, code: 'range-not-satisfiable', told: 'bytes */10' });
      expect(scene.audit.entries[0]).to.include({ outcome: 'refused' });
    });
  }

  for (const range of ['bytes=5-2', 'bytes=a-b', 'items=0-1', 'bytes=0-1,4-5', 'bytes=-', '', `bytes=${'9'.repeat(400)}-`]) {
    it(`is sent whole when it is asked for by "${range.slice(0, 20)}"`, async () => { expect(await ask(range)).to.include({ status: 200, text: TEXT }); });
  }

  it('is sent whole when the range is of a version: there are none', async () => {
    expect(await ask('bytes=0-1', 'GET', { 'if-range': '"abc"' })).to.include({ status: 200, text: TEXT });
  });

  it('tells its length without being read', async () => {
    const { status, headers } = await ask('bytes=0-1', 'HEAD');
    expect({ status, length: headers.get('content-length') }).to.deep.equal({ status: 200, length: '10' });
    expect(closed).to.equal(0);
  });

  it('may be empty', async () => {
    download = aDownload({ lengthBytes: 0, read: () => { throw new Error('nothing to read'); } });
    expect(await ask()).to.include({ status: 200, text: '' });
    expect(await ask('bytes=0-')).to.include({ status: 416 });
  });

  it('that cannot be read is told so, not torn', async () => {
    download = aDownload({ read: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new PortError('gone', { code: 'recording-store/unavailable', kind: 'unavailable' })) }) }) });
    expect(await ask()).to.include({ status: 503 });
  });

  for (const [name, lengthBytes] of [['longer', 5], ['shorter', 20]] as const) {
    it(`that is ${name} than it says breaks off, and that is logged`, async () => {
      const whole = aDownload();
      download = aDownload({ lengthBytes, read: (first) => whole.read(first, TEXT.length - 1) });
      const fault: unknown = await ask().catch((error: unknown) => error);
      expect(fault).to.be.an('error');
      await until(() => scene.logger.lines.some(({ message }) => message === 'a download broke off'));
      expect(closed).to.equal(1);
    });
  }

  it('is read no further when the client goes, and nobody is alarmed', async () => {
    let read = 0;
    const piece = Buffer.alloc(64 * 1024);
    download = aDownload({
      lengthBytes: 1e12,
      async *read() {
        try {
          for (;;) { read += 1; yield await Promise.resolve(piece); }
        } finally {
          closed += 1;
        }
      },
    });
    const request = httpRequest(`${scene.url}/api/v1/audio`, { agent: false, headers: { authorization: `Bearer ${scene.token('viewer')}` } }).end();
    const [response] = await once(request, 'response') as [IncomingMessage];
    await once(response, 'readable');
    request.destroy();
    await until(() => closed === 1);
    expect(read * piece.length, 'what was read ahead of a client that does not take it').to.be.below(64 * 1024 * 1024);
    expect(scene.logger.lines.filter(({ level }) => level !== 'info' && level !== 'debug')).to.deep.equal([]);
  });
});
