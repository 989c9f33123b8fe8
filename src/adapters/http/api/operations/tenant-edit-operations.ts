import { z } from 'zod';
import type { Application } from '../../../../application/application.js';
import { type Edited, type EditRefusal, isEditRefusal, type TenantEdit, type TenantPart, type WrittenSettings } from '../../../../application/ports/tenant-editor.js';
import { may } from '../../../../domain/access/identity.js';
import { AGENT_ID, agentId, TENANT_ID, type TenantId } from '../../../../domain/shared/ids.js';
import { Problem } from '../../problem.js';
import { API_PREFIX } from '../api-prefix.js';
import { type Asked, emptyOperation, jsonOperation, type Operation } from '../operation.js';

const TENANT = { tenantId: z.string().regex(TENANT_ID, 'the id of a tenant') };
const TENANT_PARAMS = z.object(TENANT);
const AGENT_PARAMS = z.object({ ...TENANT, agentId: z.string().regex(AGENT_ID, 'the id of an agent') });
const PATH = '/tenants/{tenantId}/agents/{agentId}';
/** Settings are four levels deep; what is deeper is none. */
const LEVELS_MAX = 16;

const SETTINGS = z.record(z.string(), z.unknown()).refine((settings) => levelsOf(settings) <= LEVELS_MAX, `at most ${LEVELS_MAX} levels`);
const AGENT_SETTINGS = SETTINGS.meta({ id: 'AgentSettings', description: 'An agent as tenant files have it (docs/configuration.md, "agents"), defaults left out. `id` may be missing.' });
const TENANT_SETTINGS = SETTINGS.meta({ id: 'TenantSettings', description: 'What a tenant file has (docs/configuration.md, "Tenant files") beside `id` and `agents`, defaults left out.' });
const GOVERNED = 'Only the role `platform` (`tenants:govern`) changes `active`, `concurrentCallsMax`, `callDurationMaxMs`, `speechLimits`, `dids` and `outbound` of a tenant, `transferContext`, `transferNumbers` and `pci` of an agent, and a `fallback` to a number or to an extension of seven digits and more; others are refused with reason `governed`.';
const REASONS = '`reason` of a conflict: `read-only` (the tenants are kept elsewhere), `in-use`, `busy` (ask again). Faults of settings are told all at once with reason `faulty`; then nothing was written.';

const ANY_VERSION = '0'.repeat(64);
const EXAMPLE = { params: { tenantId: 'north-bank', agentId: 'card-delivery' }, headers: { 'if-match': `"${ANY_VERSION}"` } };
const AGENT = { name: 'Card delivery', language: 'en-US', speech: { voice: 'rms' }, prompts: { greeting: 'Welcome to North Bank. How can I help you?' } };
const JSON_BODY = ['invalid-body', 'body-too-large', 'unsupported-media-type'] as const;

const getTenantSettings = jsonOperation({
  id: 'getTenantSettings', method: 'get', path: '/tenants/{tenantId}/settings', tag: 'Tenants', summary: 'A tenant\'s own settings as they are written, to be edited.',
  permission: 'tenants:write', scope: 'tenant', audited: false, params: TENANT_PARAMS, query: z.strictObject({}), body: null,
  answer: { kind: 'json', status: 200, doc: 'ETag is its version.', schema: TENANT_SETTINGS }, problems: ['not-found', 'conflict'], example: { params: { tenantId: 'north-bank' } },
  handle: async ({ tenantId, signal }, application) => replyWith(await application.queries.writtenTenant(tenantId, { kind: 'settings' }, signal)),
});

const putTenantSettings = jsonOperation({
  id: 'putTenantSettings', method: 'put', path: '/tenants/{tenantId}/settings', tag: 'Tenants', summary: 'Replaces a tenant\'s own settings.',
  description: `For the next call at once. ${GOVERNED} ${REASONS}`,
  permission: 'tenants:write', scope: 'tenant', audited: true, conditional: true, params: TENANT_PARAMS, query: z.strictObject({}), body: TENANT_SETTINGS,
  answer: { kind: 'json', status: 200, doc: 'As it is written now.', schema: TENANT_SETTINGS }, problems: ['not-found', 'conflict', ...JSON_BODY],
  example: { params: { tenantId: 'north-bank' }, headers: EXAMPLE.headers, body: { name: 'North Bank', concurrentCallsMax: 50, dids: [{ number: '5551000', agent: 'card-delivery' }] } },
  handle: async (asked, application) => replaced(asked, { kind: 'settings' }, application),
});

const getAgent = jsonOperation({
  id: 'getAgent', method: 'get', path: PATH, tag: 'Tenants', summary: 'An agent as it is written, to be edited.',
  permission: 'tenants:write', scope: 'tenant', audited: false, params: AGENT_PARAMS, query: z.strictObject({}), body: null,
  answer: { kind: 'json', status: 200, doc: 'ETag is its version.', schema: AGENT_SETTINGS }, problems: ['not-found', 'conflict'], example: { params: EXAMPLE.params },
  handle: async ({ tenantId, params, signal }, application) => replyWith(await application.queries.writtenTenant(tenantId, partOf(params), signal)),
});

const putAgent = jsonOperation({
  id: 'putAgent', method: 'put', path: PATH, tag: 'Tenants', summary: 'Replaces an agent, or makes one (If-None-Match: *).',
  description: `For the next call at once; calls in progress keep what they began with. Grammars have to be written out. ${GOVERNED} ${REASONS}`,
  permission: 'tenants:write', scope: 'tenant', audited: true, conditional: true, params: AGENT_PARAMS, query: z.strictObject({}), body: AGENT_SETTINGS,
  answer: { kind: 'json', status: 200, doc: 'As it is written now.', schema: AGENT_SETTINGS }, problems: ['not-found', 'conflict', ...JSON_BODY], example: { ...EXAMPLE, body: AGENT },
  handle: async (asked, application) => replaced(asked, partOf(asked.params), application),
});

const deleteAgent = emptyOperation({
  id: 'deleteAgent', method: 'delete', path: PATH, tag: 'Tenants', summary: 'Takes an agent away.',
  description: 'Not while a number is answered by it, and not the last one (`reason`: `in-use`).',
  permission: 'tenants:write', scope: 'tenant', audited: true, conditional: true, params: AGENT_PARAMS, query: z.strictObject({}), body: null,
  answer: { kind: 'empty', status: 204, doc: 'It is gone; its calls in progress go on.' }, problems: ['not-found', 'conflict'], example: EXAMPLE,
  handle: async (asked, application) => auditOf(await edited(asked, { part: partOf(asked.params), settings: null }, application)),
});

export const TENANT_EDIT_OPERATIONS: readonly Operation[] = [getTenantSettings, putTenantSettings, getAgent, putAgent, deleteAgent];

const partOf = (params: { readonly agentId: string }): TenantPart => ({ kind: 'agent', agentId: agentId(params.agentId) });

function replyWith(written: WrittenSettings | 'read-only' | 'not-found'): { readonly body: Record<string, unknown>; readonly version: string } {
  if (written === 'not-found') throw new Problem('not-found');
  if (written === 'read-only') throw problemOf({ refused: 'read-only' });
  return { body: { ...written.settings }, version: written.version };
}

interface Editing extends Pick<Asked<unknown, unknown, unknown>, 'identity' | 'expected' | 'signal'> {
  readonly tenantId: TenantId;
}

async function replaced(asked: Editing & { readonly body: Record<string, unknown> }, part: TenantPart, application: Application) {
  const done = await edited(asked, { part, settings: asked.body }, application);
  const reply = replyWith(await application.queries.writtenTenant(asked.tenantId, part, asked.signal));
  const made = done.before === null && part.kind === 'agent' ? { location: `${API_PREFIX}/tenants/${asked.tenantId}/agents/${part.agentId}` } : {};
  return { ...reply, ...made, ...auditOf(done) };
}

const auditOf = ({ before, after }: Edited) => ({ audit: { change: { before, after } } });

async function edited({ tenantId, identity, expected, signal }: Editing, edit: Pick<TenantEdit, 'part' | 'settings'>, application: Application): Promise<Edited> {
  const version = expected === null || expected === 'absent' ? null : expected.version;
  const governs = identity !== null && may(identity, 'tenants:govern');
  const outcome = await application.commands.editTenant(tenantId, { ...edit, expected: version, governs }, signal);
  if (isEditRefusal(outcome)) throw problemOf(outcome);
  return outcome;
}

function problemOf(refusal: EditRefusal): Problem {
  switch (refusal.refused) {
    case 'not-found': return new Problem('not-found');
    case 'changed': return new Problem('precondition-failed');
    case 'governed': return new Problem('forbidden', { reason: 'governed', detail: 'To be changed by the platform only (tenants:govern).', faults: refusal.settings.map((name) => ({ at: `body.${name}`, message: 'is the platform\'s to change' })) });
    case 'faulty': return new Problem('invalid-request', { reason: 'faulty', faults: refusal.faults.map(({ at, message }) => ({ at: at === '' ? 'body' : `body.${at}`, message })) });
    case 'read-only': return new Problem('conflict', { reason: 'read-only', detail: 'The tenants of this gateway are kept elsewhere: change them there.' });
    case 'in-use': return new Problem('conflict', { reason: 'in-use', detail: 'A number is answered by this agent, or it is the last one.' });
    case 'busy': return new Problem('conflict', { reason: 'busy', detail: 'Others are editing: ask again.', retryAfterMs: 1000 });
  }
}

/** Without recursion: this is what keeps recursion behind it safe. */
function levelsOf(value: unknown): number {
  let level: readonly unknown[] = [value];
  for (let levels = 0; ; levels += 1) {
    if (level.length === 0 || levels > LEVELS_MAX) return levels;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) as readonly unknown[] : []));
  }
}
