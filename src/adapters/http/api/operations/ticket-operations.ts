import { z } from 'zod';
import { Problem } from '../../problem.js';
import { jsonOperation, type Operation } from '../operation.js';

const createTicket = jsonOperation({
  id: 'createTicket', method: 'post', path: '/tickets', tag: 'Live', summary: 'A ticket for a stream.',
  description: 'For browsers, which cannot send a header with a stream or an audio element: one use, within 30 s, with the rights of the token that asked for it.',
  permission: 'calls:read', scope: 'none', audited: false,
  params: z.object({}), query: z.strictObject({}), body: null,
  answer: { kind: 'json', status: 201, doc: 'Put it into the query as `ticket`.', schema: z.object({ ticket: z.string(), expiresInSeconds: z.int() }).meta({ id: 'Ticket' }) },
  problems: [], example: {},
  handle: async ({ identity, signal }, application) => {
    if (identity === null) throw new Problem('unauthenticated');
    const { ticket, ttlMs } = await application.commands.issueTicket(identity, signal);
    return { body: { ticket, expiresInSeconds: Math.floor(ttlMs / 1000) } };
  },
});

export const TICKET_OPERATIONS: readonly Operation[] = [createTicket];
