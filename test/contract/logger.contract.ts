import { expect } from 'chai';
import type { Logger } from '../../src/application/ports/logger.js';

export interface LoggerUnderTest {
  readonly logger: Logger;
  /** Lines written so far; null for a logger that keeps none. */
  readonly lines: () => readonly Readonly<Record<string, unknown>>[] | null;
}

/** What every Logger promises. */
export function loggerContract(make: () => LoggerUnderTest): void {
  describe('keeps the contract of Logger', () => {
    it('never throws, whatever is logged', () => {
      const { logger } = make();
      const knot: { self?: unknown } = {};
      knot.self = knot;
      expect(() => {
        logger.debug('plain');
        logger.info('with fields', { text: 'a', count: 1, flag: true, nothing: null, missing: undefined });
        logger.warn('with something that is no error', {}, knot);
        logger.error('with a cause', {}, new Error('outer', { cause: new Error('inner') }));
        logger.with({ callId: 'c' }).with({ tenantId: 't' }).info('nested');
      }).not.to.throw();
    });

    it('adds the fields of the logger above to each line', function () {
      const { logger, lines } = make();
      logger.with({ callId: '01JC', tenantId: 'north-bank' }).info('answered', { attempt: 2 });
      const written = lines();
      if (written === null) { this.skip(); }
      expect(written).to.have.lengthOf(1);
      expect(written[0]).to.include({ callId: '01JC', tenantId: 'north-bank', attempt: 2 });
    });
  });
}
