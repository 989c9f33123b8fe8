import type { NumberDescription } from '../../domain/outbound/number-description.js';

/**
 * The world's numbering plan. Local data: it asks nobody, never throws, and is never up to the day.
 */
export interface NumberPlan {
  /**
   * What `number` is. It may be written with spaces, `.` `-` `/` `(` `)`, and one leading `+`; without that it is read as dialled in
   * `homeCountry` (ISO 3166 alpha-2). Null: anything else is in it (letters, `;`, line breaks, digits of other scripts, a SIP
   * address), it is no telephone number, or it has no `+` and there is no home country.
   */
  describe(number: string, homeCountry: string | null): NumberDescription | null;
}
