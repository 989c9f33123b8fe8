import { z } from 'zod';
import { AGENT_ID, agentId } from '../../../../domain/shared/ids.js';
import { isPlacingRefusal, type PlacingRefusal } from '../../../../domain/outbound/placing.js';
import { Problem, type ProblemCode } from '../../problem.js';
import { API_PREFIX } from '../api-prefix.js';
import type { DestinationRefusal } from '../../../../domain/outbound/destination-policy.js';
import { jsonOperation, type Operation } from '../operation.js';

const PLACED = z.object({
  callId: z.string().meta({ description: 'ULID of the call: look at it, order it, follow it.' }),
  state: z.enum(['ringing', 'answered', 'active', 'transferred', 'ended']),
  to: z.string().meta({ description: 'As it is dialled, E.164.' }), from: z.string(), agentId: z.string(), startedAt: z.iso.datetime(),
  repeated: z.boolean().meta({ description: 'The call of an earlier request with the same Idempotency-Key.' }),
}).meta({ id: 'PlacedCall' });

const REQUEST = z.strictObject({
  agentId: z.string().regex(AGENT_ID, 'the id of an agent').meta({ description: 'Who speaks.' }),
  to: z.string().min(1).max(64).meta({ description: 'Whom to call: E.164, or as it is dialled in the tenant\'s home country.' }),
  from: z.string().regex(/^\+?[0-9]{1,20}$/u, 'a telephone number').optional().meta({ description: 'Number to show; one of the tenant\'s. Default: the first of them.' }),
  ringTimeoutMs: z.int().min(5000).max(120_000).optional(),
  metadata: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/u), z.string().max(256).regex(/^[^\p{Cc}]*$/u, 'no control characters')).optional().meta({ description: 'Kept with the call, card numbers hidden; at most 20.' }),
}).meta({ id: 'PlaceCallRequest' });

/** Of a refusal: not now, not so, or not at all. */
const CODES: Readonly<Record<PlacingRefusal['refused'], ProblemCode>> = {
  draining: 'unavailable', node_limit: 'unavailable', overloaded: 'unavailable', unreachable: 'unavailable',
  tenant_limit: 'too-many-requests', 'quota-concurrent': 'too-many-requests', 'quota-per-second': 'too-many-requests',
  'quota-minutes-per-day': 'too-many-requests', 'quota-per-number': 'too-many-requests',
  'idempotency-conflict': 'conflict', 'outcome-unknown': 'conflict',
  'unknown-tenant': 'refused', 'unknown-agent': 'refused', 'caller-number-not-owned': 'refused', 'request-invalid': 'refused', 'agent-not-able': 'refused',
  'number-invalid': 'refused', 'number-unknown-kind': 'refused', 'destination-not-allowed': 'refused',
};

/** For people; who matches texts finds the refusal before the colon. */
const DESTINATIONS: Readonly<Record<DestinationRefusal, string>> = {
  'number-invalid': 'no telephone number, or (without a + before it) none of the tenant\'s home country',
  'number-short': 'emergency and service numbers are never called',
  'number-unknown-kind': 'the numbering plan does not know what kind of number it is',
  'outbound-off': 'the tenant\'s settings have no `outbound`, so it places no calls',
  'country-not-allowed': 'its country is not in `outbound.countries` of the tenant',
  'kind-not-allowed': 'its kind is not in `outbound.kinds` of the tenant',
  'prefix-denied': 'it begins with one of `outbound.deniedPrefixes` of the tenant',
};

const placeCall = jsonOperation({
  id: 'placeCall', method: 'post', path: '/calls', tag: 'Calls', summary: 'Call somebody.',
  description: 'Answers when it rings. All destinations are denied until the tenant\'s settings allow them. Send an Idempotency-Key: asked again with it within 24 h, it is the same call, never a second one. '
    + 'Whether it rang may not be known (`outcome-unknown`): the detail names the call to look at. '
    + `\`reason\` of a refusal is one of ${Object.keys(CODES).join(', ')}.`,
  permission: 'calls:place', scope: 'tenant', audited: true,
  params: z.object({}), query: z.strictObject({}), body: REQUEST,
  answer: { kind: 'json', status: 201, doc: 'It rings.', schema: PLACED },
  problems: ['refused', 'conflict', 'invalid-body', 'body-too-large', 'unsupported-media-type'],
  example: { body: { agentId: 'card-delivery', to: '+493012345678' } },
  handle: async ({ tenantId, body, idempotencyKey, signal }, application) => {
    const { agentId: agent, to, ...more } = body;
    const optional = Object.fromEntries(Object.entries({ ...more, idempotencyKey: idempotencyKey ?? undefined }).filter(([, value]) => value !== undefined));
    const placed = await application.commands.placeCall({ ...optional, tenantId, agentId: agentId(agent), to }, signal);
    if (isPlacingRefusal(placed)) throw problemOf(placed);
    const { call: { callId, state, calleeNumber, callerNumber, agentId: speaks, startedAt }, repeated } = placed;
    return { body: { callId, state, to: calleeNumber, from: callerNumber, agentId: speaks, startedAt, repeated }, location: `${API_PREFIX}/calls/${callId}`, subject: callId };
  },
});

const LOOK_AT_IT = 'look at it. As long as it is not found, a telephone may have rung, but nobody was spoken to. Asked again with the same Idempotency-Key nobody is called; with a new one perhaps a second time.';

function problemOf({ refused, detail, retryAfterMs, callId }: PlacingRefusal): Problem {
  const explained = detail !== null && detail in DESTINATIONS ? `${detail}: ${DESTINATIONS[detail as DestinationRefusal]}` : detail;
  const more = [explained, callId === null ? null : `It may be call ${callId}: ${LOOK_AT_IT}`].filter((part) => part !== null).join('. ');
  return new Problem(CODES[refused], { reason: refused, ...(more === '' ? {} : { detail: more }), ...(retryAfterMs === null ? {} : { retryAfterMs }) });
}

export const PLACING_OPERATIONS: readonly Operation[] = [placeCall];
