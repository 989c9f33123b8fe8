import { z } from 'zod';

/** A call that no tenant has. */
export const EXAMPLE_CALL = '01JCTEST000000000000000001';

export const CALL_PARAMS = z.object({ callId: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/u, 'a ULID').meta({ description: 'ULID of the call.' }) });
