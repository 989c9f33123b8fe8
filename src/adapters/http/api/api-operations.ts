import type { Operation } from './operation.js';
import { AUDIT_OPERATIONS } from './operations/audit-operations.js';
import { CALL_OPERATIONS } from './operations/call-operations.js';
import { LIVE_OPERATIONS } from './operations/live-operations.js';
import { ORDER_OPERATIONS } from './operations/order-operations.js';
import { PLACING_OPERATIONS } from './operations/placing-operations.js';
import { RECORDING_OPERATIONS } from './operations/recording-operations.js';
import { TENANT_OPERATIONS } from './operations/tenant-operations.js';
import { TENANT_EDIT_OPERATIONS } from './operations/tenant-edit-operations.js';
import { TICKET_OPERATIONS } from './operations/ticket-operations.js';

/** All of the API. The router, the document and the test of isolation are made from this. */
export const API_OPERATIONS: readonly Operation[] = [...CALL_OPERATIONS, ...PLACING_OPERATIONS, ...ORDER_OPERATIONS, ...LIVE_OPERATIONS, ...TENANT_OPERATIONS, ...TENANT_EDIT_OPERATIONS, ...TICKET_OPERATIONS, ...RECORDING_OPERATIONS, ...AUDIT_OPERATIONS];
