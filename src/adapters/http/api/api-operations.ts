import { CALL_OPERATIONS } from './operations/call-operations.js';
import { RECORDING_OPERATIONS } from './operations/recording-operations.js';
import { TICKET_OPERATIONS } from './operations/ticket-operations.js';
import type { Operation } from './operation.js';

/** All of the API. The router, the document, the command line's client and the test of isolation are made from this. */
export const API_OPERATIONS: readonly Operation[] = [...CALL_OPERATIONS, ...TICKET_OPERATIONS, ...RECORDING_OPERATIONS];
