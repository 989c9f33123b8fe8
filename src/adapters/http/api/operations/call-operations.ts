import { z } from 'zod';
import { PAGE_CALLS_MAX } from '../../../../application/ports/call-history.js';
import { isPortError } from '../../../../application/ports/port-error.js';
import type { TerminationReason } from '../../../../domain/call/termination.js';
import { callId } from '../../../../domain/shared/ids.js';
import { Problem } from '../../problem.js';
import { jsonOperation, type Operation } from '../operation.js';
import { CALL_PARAMS, EXAMPLE_CALL } from './call-parameters.js';
import { refuseUnknownTenant } from './known-tenant.js';
import { CALL_DIRECTIONS, CALL_STATES, CALL_STORY_VIEW, CALL_VIEW, callView, storyView } from './call-view.js';

const LIVE = ['ringing', 'answered', 'active', 'transferred'] as const;
const TERMINATION_REASON = z.string().regex(/^[a-z][a-z_]{1,40}$/u);

const LIST_QUERY = z.strictObject({
  state: z.enum([...CALL_STATES, 'live']).optional().meta({ description: 'live: all but ended.' }),
  direction: z.enum(CALL_DIRECTIONS).optional(),
  agentId: z.string().max(64).optional(),
  number: z.string().max(32).optional().meta({ description: 'Of the caller or the callee, as it was dialled or shown.' }),
  endReason: TERMINATION_REASON.optional(),
  startedFrom: z.iso.datetime().optional().meta({ description: 'Inclusive.' }),
  startedTo: z.iso.datetime().optional().meta({ description: 'Exclusive.' }),
  limit: z.coerce.number().int().min(1).max(PAGE_CALLS_MAX).default(50).meta({ description: 'At most so many.' }),
  cursor: z.string().max(200).optional().meta({ description: '`nextCursor` of the page before.' }),
});

const PARTIAL = z.boolean().meta({ description: 'True: only live calls that this node knows, because the others cannot be asked for now. There may be more, live and past.' });

const listCalls = jsonOperation({
  id: 'listCalls', method: 'get', path: '/calls', tag: 'Calls', summary: 'Live and past calls, newest first.',
  description: 'A page may hold fewer calls than asked for, even none, while more follow: go on until `nextCursor` is null. '
    + 'While the history cannot be asked (Redis is away) the first page is `partial`: the live calls that the node which answers knows. Other pages, and past calls alone, are then 503.',
  permission: 'calls:read', scope: 'tenant', audited: false,
  params: z.object({}), query: LIST_QUERY, body: null,
  answer: { kind: 'json', status: 200, doc: 'A page of calls.', schema: z.object({ calls: z.array(CALL_VIEW), nextCursor: z.string().nullable(), partial: PARTIAL }).meta({ id: 'CallPage' }) },
  problems: ['not-found'], example: { query: { limit: '20' } },
  handle: async (asked, application) => {
    const { tenantId, query: { state, limit, cursor = null, endReason, ...filter }, signal } = asked;
    const states = state === 'live' ? LIVE : state === undefined ? undefined : [state];
    const wanted = { ...filter, states, endReason: endReason as TerminationReason | undefined };
    const page = await application.queries.calls(tenantId, wanted, { limit, cursor }, signal).catch(badCursor);
    if (page.calls.length === 0 && page.cursor === null) await refuseUnknownTenant(asked, application);
    return { body: { calls: page.calls.map(callView), nextCursor: page.cursor, partial: page.partial ?? false } };
  },
});

function badCursor(error: unknown): never {
  if (!isPortError(error) || error.code !== 'call-history/bad-cursor') throw error;
  throw new Problem('invalid-request', { faults: [{ at: 'query.cursor', message: 'no page has given this one' }] });
}

const getCall = jsonOperation({
  id: 'getCall', method: 'get', path: '/calls/{callId}', tag: 'Calls', summary: 'One call: who said what when, and where the time went.',
  permission: 'transcripts:read', scope: 'tenant', audited: false,
  params: CALL_PARAMS, query: z.strictObject({}), body: null,
  answer: { kind: 'json', status: 200, doc: 'The call and its story so far.', schema: CALL_STORY_VIEW },
  problems: ['not-found'], example: { params: { callId: EXAMPLE_CALL } },
  handle: async ({ tenantId, params, signal }, application) => {
    const found = await application.queries.call(tenantId, callId(params.callId), signal);
    if (found === null) throw new Problem('not-found');
    return { body: storyView(found) };
  },
});

export const CALL_OPERATIONS: readonly Operation[] = [listCalls, getCall];
