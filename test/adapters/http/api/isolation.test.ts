import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { API_OPERATIONS } from '../../../../src/adapters/http/api/api-operations.js';
import { downloadOperation, emptyOperation, eventsOperation, jsonOperation, type Operation } from '../../../../src/adapters/http/api/operation.js';
import { Problem } from '../../../../src/adapters/http/problem.js';
import { callId } from '../../../../src/domain/shared/ids.js';
import { findLeaks } from '../../../support/isolation/find-leaks.js';
import { IsolationWorld } from '../../../support/isolation/isolation-world.js';
import { FOREIGN_TENANT, OWN_MARK } from '../../../support/isolation/two-tenants.js';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
}

/** How to make a new operation part of this: CONTRIBUTING.md, "A new operation of the API". */
describe('isolation of tenants', () => {
  const document = JSON.parse(readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8')) as Document;
  const documented = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { operationId }]) => ({ operationId, method, path })));
  let world: IsolationWorld;

  before(async () => { world = await IsolationWorld.open({ operations: API_OPERATIONS }); });
  after(async () => { await world.close(); });

  it('is tried for all operations of the document, and there are no others', () => {
    expect(documented).to.have.deep.members(API_OPERATIONS.map(({ id, method, path }) => ({ operationId: id, method, path })));
  });

  for (const { operationId, method, path } of documented) {
    it(`holds: ${operationId} (${method.toUpperCase()} ${path})`, async () => {
      const operation = API_OPERATIONS.find(({ id }) => id === operationId);
      expect(operation, 'in the document, but not in the API: npm run docs').not.to.equal(undefined);
      if (operation !== undefined) expect(await findLeaks(operation, world)).to.deep.equal([]);
    });
  }

  describe('is broken, and that is found, by an operation that', () => {
    const base = { method: 'get', tag: 'Calls', summary: 'planted', permission: 'calls:read', scope: 'tenant', audited: false, query: z.strictObject({}), body: null, problems: [] } as const;
    const ofCall = { params: z.object({ callId: z.string() }), example: { params: { callId: 'x' } } };
    const ofNothing = { params: z.object({}), example: {} };
    const json = { kind: 'json', status: 200, doc: 'planted', schema: z.unknown() } as const;
    const find = (calls: readonly { readonly callId: string }[], wanted: string): unknown => {
      const found = calls.find((call) => call.callId === wanted);
      if (found === undefined) throw new Problem('not-found');
      return found;
    };
    const planted: readonly (readonly [string, Operation, RegExp])[] = [
      ['reads whatever id it is given', jsonOperation({
        ...base, ...ofCall, id: 'plantedAnyCall', path: '/planted/{callId}', answer: json,
        handle: async ({ params, signal }, application) => ({ body: find(await application.queries.liveCalls({}, 99, signal), params.callId) }),
      }), /shows canary|without saying for which tenant/u],
      ['lists the things of all', jsonOperation({
        ...base, ...ofNothing, id: 'plantedList', path: '/planted', answer: json, handle: async ({ signal }, application) => ({ body: await application.queries.liveCalls({}, 99, signal) }),
      }), /shows canary/u],
      ['asks for a tenant that it names itself', jsonOperation({
        ...base, ...ofNothing, id: 'plantedTenant', path: '/planted', answer: json,
        handle: async ({ signal }, application) => ({ body: (await application.queries.liveCalls({ tenantId: FOREIGN_TENANT }, 99, signal)).length }),
      }), /asks the application for the foreign tenant/u],
      ['says "not yours" in place of "not there"', jsonOperation({
        ...base, ...ofCall, id: 'plantedForbidden', path: '/planted/{callId}', answer: json,
        handle: async ({ params, tenantId, signal }, application) => {
          const call = find(await application.queries.liveCalls({}, 99, signal), params.callId) as { tenantId: string };
          if (call.tenantId !== tenantId) throw new Problem('forbidden');
          return { body: {} };
        },
      }), /tells foreign things from unknown ones/u],
      ['tells by a header that a thing is there', jsonOperation({
        ...base, ...ofCall, id: 'plantedHeader', path: '/planted/{callId}', answer: { ...json, status: 201 },
        handle: async ({ params, tenantId, signal }, application) => {
          const all = await application.queries.liveCalls({}, 99, signal);
          await application.queries.liveCalls({ tenantId }, 99, signal);
          return { body: {}, ...(all.some((call) => call.callId === callId(params.callId)) ? { location: '/somewhere' } : {}) };
        },
      }), /tells foreign things from unknown ones/u],
      ['takes anybody', jsonOperation({ ...base, ...ofNothing, id: 'plantedPublic', path: '/planted', permission: 'public', scope: 'none', answer: json, handle: async ({ signal }, application) => ({ body: await application.queries.liveCalls({}, 99, signal) }) }), /shows canary/u],
      ['changes things of others', emptyOperation({
        ...base, ...ofCall, id: 'plantedEnd', method: 'post', path: '/planted/{callId}/end', answer: { kind: 'empty', status: 204, doc: 'planted' },
        handle: async ({ params, signal }, application) => { find(await application.queries.liveCalls({}, 99, signal), params.callId); return {}; },
      }), /tells foreign things from unknown ones|without saying/u],
      ['takes an id that nobody has tried', jsonOperation({ ...base, id: 'plantedNewId', path: '/planted/{widget}', params: z.object({ widget: z.string() }), example: { params: { widget: 'x' } }, answer: json, handle: () => Promise.resolve({ body: {} }) }), /has widget, of which .* knows no ids/u],
      ['takes an id in its body that nobody has tried', jsonOperation({
        ...base, ...ofNothing, id: 'plantedBody', method: 'post', path: '/planted', body: z.object({ to: z.object({ queueId: z.string() }) }), example: { body: { to: { queueId: 'x' } } }, answer: json, handle: () => Promise.resolve({ body: {} }),
      }), /has queueId/u],
      ['was never seen to work', jsonOperation({ ...base, ...ofCall, id: 'plantedEmpty', path: '/planted/{callId}', answer: json, handle: () => { throw new Problem('not-found'); } }), /nothing is proven: seed them/u],
      ['breaks', jsonOperation({ ...base, ...ofNothing, id: 'plantedBroken', path: '/planted', answer: json, handle: () => Promise.reject(new Error('broken')) }), /breaks as viewer/u],
      ['lets recordings of others be played', downloadOperation({
        ...base, ...ofCall, id: 'plantedAudio', path: '/planted/{callId}/audio', takesTicket: true, answer: { kind: 'download', status: 200, doc: 'planted', mediaType: 'audio/wav' },
        handle: async ({ params, signal }, application) => {
          const bytes = Buffer.from(JSON.stringify(find(await application.queries.liveCalls({}, 99, signal), params.callId)));
          return { mediaType: 'audio/wav', fileName: 'x.wav', lengthBytes: bytes.length, async *read(first, last) { yield await Promise.resolve(bytes.subarray(first, last + 1)); } };
        },
      }), /shows canary with a ticket, foreign things/u],
      ['streams what happens to others', eventsOperation({
        ...base, ...ofNothing, id: 'plantedStream', path: '/planted', takesTicket: true, answer: { kind: 'events', status: 200, doc: 'planted' },
        handle: async ({ tenantId, signal }, application) => {
          const shown = [...await application.queries.liveCalls({}, 99, signal), { tenantId, mark: OWN_MARK }];
          return (sink) => { for (const data of shown) sink.send({ id: '1', type: 'planted', data }); return () => undefined; };
        },
      }), /shows canary with a ticket/u],
      ['streams nothing that could be looked at', eventsOperation({
        ...base, ...ofNothing, id: 'plantedSilence', path: '/planted', answer: { kind: 'events', status: 200, doc: 'planted' }, handle: () => Promise.resolve((sink) => { sink.end(); return () => undefined; }),
      }), /nothing of what happens/u],
    ];

    for (const [name, operation, expected] of planted) {
      it(name, async () => {
        const house = await IsolationWorld.open({ operations: [operation] });
        try {
          const leaks = await findLeaks(operation, house);
          expect(leaks.join('\n')).to.match(expected);
        } finally {
          await house.close();
        }
      });
    }

    it('but not by one that does as it should, of each kind', async () => {
      const good: readonly Operation[] = [
        jsonOperation({
          ...base, ...ofCall, id: 'goodCall', path: '/good/{callId}', answer: json,
          handle: async ({ params, tenantId, signal }, application) => ({ body: find(await application.queries.liveCalls({ tenantId }, 99, signal), params.callId) }),
        }),
        jsonOperation({ ...base, ...ofNothing, id: 'goodTenants', path: '/good-tenants', permission: 'tenants:list', scope: 'none', answer: json, handle: async ({ signal }, application) => ({ body: await application.queries.liveCalls({}, 99, signal) }) }),
        eventsOperation({
          ...base, ...ofNothing, id: 'goodStream', path: '/good-stream', takesTicket: true, answer: { kind: 'events', status: 200, doc: 'good' },
          handle: async ({ tenantId, signal }, application) => {
            const shown = [...await application.queries.liveCalls({ tenantId }, 99, signal), { mark: OWN_MARK }];
            return (sink) => { for (const data of shown) sink.send({ id: '1', type: 'good', data }); return () => undefined; };
          },
        }),
      ];
      const house = await IsolationWorld.open({ operations: good });
      try {
        for (const operation of good) expect(await findLeaks(operation, house), operation.id).to.deep.equal([]);
      } finally {
        await house.close();
      }
    });
  });
});
