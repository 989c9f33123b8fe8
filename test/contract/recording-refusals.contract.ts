import { expect } from 'chai';
import type { RecordingRefusals } from '../../src/application/ports/recording-refusals.js';
import { tenantId } from '../../src/domain/shared/ids.js';

const BANK = tenantId('north-bank');
const GRILL = tenantId('harbour-grill');

/** What every RecordingRefusals promises. */
export function recordingRefusalsContract(open: () => Promise<RecordingRefusals>): void {
  describe('keeps the contract of RecordingRefusals', () => {
    const { signal } = new AbortController();
    let refusals: RecordingRefusals;
    beforeEach(async () => { refusals = await open(); });
    afterEach(async () => { await refusals.close(); });

    it('remembers who refused, however the number is written', async () => {
      expect(await refusals.has(BANK, '+49 30 777001', signal)).to.equal(false);
      await refusals.add(BANK, '+49 30 777001', signal);
      await refusals.add(BANK, '+49 30 777001', signal);
      expect(await refusals.has(BANK, '4930777001', signal)).to.equal(true);
    });

    it('remembers it for the tenant and the number alone', async () => {
      await refusals.add(BANK, '4930777002', signal);
      expect(await refusals.has(GRILL, '4930777002', signal)).to.equal(false);
      expect(await refusals.has(BANK, '4930777003', signal)).to.equal(false);
    });

    it('takes nobody for a number without digits', async () => {
      await refusals.add(BANK, 'anonymous', signal);
      expect(await refusals.has(BANK, 'anonymous', signal)).to.equal(false);
    });
  });
}
