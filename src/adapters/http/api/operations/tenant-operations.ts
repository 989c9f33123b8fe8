import { z } from 'zod';
import { USAGE_DAYS } from '../../../../domain/call/call-usage.js';
import { TENANT_ID } from '../../../../domain/shared/ids.js';
import type { Tenant } from '../../../../domain/tenant/tenant.js';
import { Problem } from '../../problem.js';
import { jsonOperation, type Operation } from '../operation.js';
import { minutesOf, rounded } from '../rounded.js';
import { refuseUnknownTenant } from './known-tenant.js';
import { SPEECH_USE } from './call-view.js';

const TENANT_PARAMS = z.object({ tenantId: z.string().regex(TENANT_ID, 'the id of a tenant') });
const EXAMPLE = { params: { tenantId: 'north-bank' } };

const AGENT_VIEW = z.object({
  agentId: z.string(), name: z.string(), language: z.string(), voice: z.string(),
  sttProviders: z.array(z.string()).meta({ description: 'In order of preference.' }), ttsProviders: z.array(z.string()), vadProvider: z.string(),
  greeting: z.string(), fallback: z.enum(['extension', 'number', 'queue', 'none']), transferNumbers: z.array(z.string()),
}).meta({ id: 'Agent' });

const TENANT_VIEW = z.object({
  tenantId: z.string(), name: z.string(), active: z.boolean(),
  concurrentCallsMax: z.int(), callDurationMaxMs: z.int(),
  numbers: z.array(z.object({ number: z.string(), agentId: z.string() })).meta({ description: 'Dialled number and who answers it.' }),
  agents: z.array(AGENT_VIEW),
}).meta({ id: 'Tenant' });

function tenantView({ id, name, active, concurrentCallsMax, callDurationMaxMs, dids, agents }: Tenant): z.input<typeof TENANT_VIEW> {
  return {
    tenantId: id, name, active, concurrentCallsMax, callDurationMaxMs,
    numbers: dids.map(({ number, agentId }) => ({ number, agentId })),
    agents: agents.map((agent) => ({
      agentId: agent.id, name: agent.name, language: agent.language, voice: agent.speech.voice, sttProviders: [...agent.speech.sttProviders],
      ttsProviders: [...agent.speech.ttsProviders], vadProvider: agent.speech.vadProvider, greeting: agent.prompts.greeting, fallback: agent.fallback?.kind ?? 'none', transferNumbers: [...agent.transferNumbers],
    })),
  };
}

const listTenants = jsonOperation({
  id: 'listTenants', method: 'get', path: '/tenants', tag: 'Tenants', summary: 'All tenants this gateway serves.',
  permission: 'tenants:list', scope: 'none', audited: false,
  params: z.object({}), query: z.strictObject({}), body: null,
  answer: { kind: 'json', status: 200, doc: 'The tenants, as they are used for the next call.', schema: z.object({ tenants: z.array(TENANT_VIEW) }).meta({ id: 'TenantPage' }) },
  problems: [], example: {},
  handle: async ({ signal }, application) => ({ body: { tenants: (await application.queries.tenants(signal)).map(tenantView) } }),
});

const getTenant = jsonOperation({
  id: 'getTenant', method: 'get', path: '/tenants/{tenantId}', tag: 'Tenants', summary: 'A tenant: its numbers and agents.',
  permission: 'tenants:read', scope: 'tenant', audited: false,
  params: TENANT_PARAMS, query: z.strictObject({}), body: null,
  answer: { kind: 'json', status: 200, doc: 'As it is used for the next call.', schema: TENANT_VIEW }, problems: ['not-found'], example: EXAMPLE,
  handle: async ({ tenantId, signal }, application) => {
    const tenant = await application.queries.tenant(tenantId, signal);
    if (tenant === null) throw new Problem('not-found');
    return { body: tenantView(tenant) };
  },
});

const DAY = z.iso.date();
const DAY_MS = 86_400_000;
const DAYS_MAX = 366;

const USAGE_VIEW = z.object({
  from: DAY.meta({ description: 'UTC day, inclusive.' }), to: DAY.meta({ description: 'UTC day, exclusive.' }),
  calls: z.int(), answeredCalls: z.int(),
  connectedMinutes: z.number().meta({ description: 'Answer to end, of the answered calls that have ended.' }),
  speech: z.array(SPEECH_USE),
}).meta({ id: 'Usage' });

const getUsage = jsonOperation({
  id: 'getUsage', method: 'get', path: '/tenants/{tenantId}/usage', tag: 'Tenants', summary: 'What a tenant has used: calls, minutes, speech providers.',
  description: `Of calls that began from \`from\` on and before \`to\` (UTC days, at most ${DAYS_MAX}); without them, this month so far. From the sums of days, which stay for ${USAGE_DAYS} days though calls expire or are erased. \`reason\` of a refusal: no-history (this gateway keeps none).`,
  permission: 'usage:read', scope: 'tenant', audited: false,
  params: TENANT_PARAMS, query: z.strictObject({ from: DAY.optional(), to: DAY.optional() }), body: null,
  answer: { kind: 'json', status: 200, doc: 'The sums.', schema: USAGE_VIEW }, problems: ['not-found', 'refused'], example: { ...EXAMPLE, query: { from: '2026-11-01', to: '2026-12-01' } },
  handle: async (asked, application) => {
    const { tenantId, query, at, signal } = asked;
    const { from, to } = spanOf(query, at.slice(0, 10));
    const usage = await application.queries.usage(tenantId, { from: `${from}T00:00:00.000Z`, to: `${to}T00:00:00.000Z` }, signal);
    if (usage === null) throw new Problem('refused', { reason: 'no-history', detail: 'This gateway keeps no history to count (history.kind).' });
    if (usage.calls === 0) await refuseUnknownTenant(asked, application);
    const { calls, answeredCalls, connectedMs, speech } = usage;
    return { body: { from, to, calls, answeredCalls, connectedMinutes: minutesOf(connectedMs), speech: rounded([...speech]) } };
  },
});

function spanOf({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined }, today: string): { readonly from: string; readonly to: string } {
  const end = to ?? new Date(Date.parse(today) + DAY_MS).toISOString().slice(0, 10);
  const begin = from ?? `${today.slice(0, 7)}-01`;
  const days = (Date.parse(end) - Date.parse(begin)) / DAY_MS;
  if (days <= 0 || days > DAYS_MAX) throw new Problem('invalid-request', { faults: [{ at: 'query', message: `from has to be before to, by at most ${DAYS_MAX} days` }] });
  return { from: begin, to: end };
}

export const TENANT_OPERATIONS: readonly Operation[] = [listTenants, getTenant, getUsage];
