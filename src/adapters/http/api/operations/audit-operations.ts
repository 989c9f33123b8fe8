import { z } from 'zod';
import type { RecordedAuditEntry } from '../../../../application/ports/audit-reader.js';
import { Problem } from '../../problem.js';
import { jsonOperation, type Operation } from '../operation.js';
import { refuseUnknownTenant } from './known-tenant.js';

const LIMIT = z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'At most so many.' });
const FROM = z.iso.datetime().optional().meta({ description: 'Not before this moment (UTC).' });
const TO = z.iso.datetime().optional().meta({ description: 'Before this moment (UTC).' });
const ACT = z.string().regex(/^[A-Za-z]{1,64}$/u).optional().meta({ description: 'This operation only.' });
const NODE = z.string().regex(/^[a-z0-9-]{1,32}$/u).optional().meta({ description: 'Whose chain: one of `nodes` that is `readable`. Default: the node that answers.' });
const CURSOR = z.string().max(64).optional().meta({ description: '`next` of the page before.' });

const DIGEST = z.string().nullable().meta({ description: 'SHA-256 of the settings; null: there were none.' });
const AUDIT_ENTRY = z.object({
  sequence: z.int().meta({ description: 'Place in the chain of its node.' }),
  node: z.string(),
  at: z.iso.datetime(),
  actor: z.object({ subject: z.string(), role: z.string().meta({ description: '`system`: the gateway itself.' }) }),
  act: z.string().meta({ description: 'The operation, as this document names it.' }),
  subject: z.string().meta({ description: 'What it was done to; empty when nothing came to be.' }),
  outcome: z.enum(['done', 'refused', 'failed']),
  code: z.string(),
  requestId: z.string(),
  change: z.object({ before: DIGEST, after: DIGEST }).optional(),
  cut: z.record(z.string(), z.string()).optional().meta({ description: 'Texts that were too long and end in "…", by their names: SHA-256 (hex) of the whole.' }),
}).meta({ id: 'AuditEntry' });

const listAuditEntries = jsonOperation({
  id: 'listAuditEntries', method: 'get', path: '/audit', tag: 'Audit', summary: 'Who did what, newest first.',
  description: 'Each node keeps a chain of its own of what it was asked; this is one of them, `node` says whose. `nodes` names the others: what was done through them is in theirs alone. Those that are `readable` share the directory of the node that answers (`?node=`); others have to be asked themselves. A page may hold few entries or none and have a `next` one all the same. Whether a chain is whole is told by `voice-gateway audit verify` on the machine.',
  permission: 'audit:read', scope: 'tenant', audited: false,
  params: z.object({}), query: z.strictObject({ from: FROM, to: TO, act: ACT, node: NODE, limit: LIMIT, cursor: CURSOR }), body: null,
  answer: {
    kind: 'json', status: 200, doc: 'A page of the audit trail.',
    schema: z.object({
      node: z.string().meta({ description: 'Whose chain it is.' }),
      nodes: z.array(z.object({
        name: z.string(), alive: z.boolean().nullable().meta({ description: 'Null: nobody could be asked.' }), readable: z.boolean().meta({ description: 'Whether the node that answers can show its chain.' }),
      })).meta({ description: 'All nodes that are known, by name, the one that answers included.' }),
      entries: z.array(AUDIT_ENTRY), next: z.string().nullable().meta({ description: 'Null: there is nothing older.' }),
    }).meta({ id: 'AuditPage' }),
  },
  problems: ['not-found'], example: { query: { act: 'hangUpCall', limit: '20' } },
  handle: async (asked, application) => {
    const { tenantId, query: { from = null, to = null, act = null, node = null, limit, cursor = null }, signal } = asked;
    const page = await application.queries.auditEntries(tenantId, { from: momentOf(from), to: momentOf(to), act, node, limit, cursor }, signal);
    if (page === null) throw new Problem('not-found', { detail: 'The chain of that node is not on the disk of the one that answers: ask it itself.' });
    if (page.entries.length === 0 && page.next === null) await refuseUnknownTenant(asked, application);
    return { body: { node: page.node, nodes: [...page.nodes], entries: page.entries.map(auditEntryView), next: page.next } };
  },
});

/** As entries are written, so that they can be compared as texts: `…:00Z` sorts behind `…:00.500Z`. */
function momentOf(given: string | null): string | null {
  return given === null ? null : new Date(given).toISOString();
}

function auditEntryView({ sequence, node, at, actor, act, subject, outcome, code, requestId, change, cut }: RecordedAuditEntry): z.input<typeof AUDIT_ENTRY> {
  return { sequence, node, at, actor, act, subject, outcome, code, requestId, ...(change === undefined ? {} : { change }), ...(cut === undefined ? {} : { cut }) };
}

export const AUDIT_OPERATIONS: readonly Operation[] = [listAuditEntries];
