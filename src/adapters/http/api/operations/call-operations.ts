import { z } from 'zod';
import { jsonOperation, type Operation } from '../operation.js';
import { CALL_VIEW, callView } from './call-view.js';

const LIMIT = z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'At most so many.' });

const listCalls = jsonOperation({
  id: 'listCalls', method: 'get', path: '/calls', tag: 'Calls', summary: 'Calls, newest first.',
  permission: 'calls:read', scope: 'tenant', audited: false,
  params: z.object({}), query: z.strictObject({ limit: LIMIT }), body: null,
  answer: { kind: 'json', status: 200, doc: 'A page of calls.', schema: z.object({ calls: z.array(CALL_VIEW) }).meta({ id: 'CallPage' }) },
  problems: [], example: { query: { limit: '20' } },
  handle: async ({ tenantId, query: { limit }, signal }, application) => {
    const records = await application.queries.liveCalls({ tenantId }, limit, signal);
    return { body: { calls: records.map(callView) } };
  },
});

export const CALL_OPERATIONS: readonly Operation[] = [listCalls];
