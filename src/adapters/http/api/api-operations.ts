import { AUDIT_OPERATIONS } from './operations/audit-operations.js';
import { CALL_OPERATIONS } from './operations/call-operations.js';
import { TICKET_OPERATIONS } from './operations/ticket-operations.js';
import type { Operation } from './operation.js';

/** All of the API. The router, the document, the command line's client and the test of isolation are made from this. */
export const API_OPERATIONS: readonly Operation[] = [...CALL_OPERATIONS, ...TICKET_OPERATIONS, ...AUDIT_OPERATIONS];
