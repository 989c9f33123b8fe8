import { expect } from 'chai';
import { WarmEdited } from '../../src/composition/warm-edited.js';
import { tenantId } from '../../src/domain/shared/ids.js';
import type { Tenant } from '../../src/domain/tenant/tenant.js';
import { aTenant } from '../support/builders/a-tenant.js';
import { MemoryTenantDirectory } from '../support/fakes/memory-tenant-directory.js';
import { RecordingLogger } from '../support/fakes/recording-logger.js';

/** All that can happen without the outside has happened. */
const settled = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('WarmEdited', () => {
  const [bank, grill] = [tenantId('north-bank'), tenantId('grill')];
  let warmed: string[];
  let let1: (() => void)[];
  let warming: WarmEdited;
  let logger: RecordingLogger;

  beforeEach(() => {
    [warmed, let1, logger, warming] = [[], [], new RecordingLogger(), new WarmEdited()];
  });

  const begin = (warm: (tenants: readonly Tenant[], signal: AbortSignal) => Promise<void>): void => {
    warming.begin({ directory: new MemoryTenantDirectory([aTenant({ id: bank }), aTenant({ id: grill })]), speech: { warm }, logger });
  };
  const byHand = (tenants: readonly Tenant[], signal: AbortSignal): Promise<void> => {
    warmed.push(...tenants.map(({ id }) => id));
    return new Promise((resolve, reject) => {
      let1.push(resolve);
      signal.addEventListener('abort', () => { reject(new Error('aborted')); });
    });
  };

  it('warms one tenant at a time, and again one that changed meanwhile', async () => {
    begin(byHand);
    warming.add([bank, grill, tenantId('gone')]);
    await settled();
    expect(warmed).to.deep.equal([bank]);
    warming.add([bank]);
    for (let times = 0; times < 3; times += 1) { let1.shift()?.(); await settled(); }
    expect(warmed).to.deep.equal([bank, grill, bank]);
    await warming.close();
  });

  it('goes on after one that could not be warmed, and tells it', async () => {
    begin((tenants) => { warmed.push(...tenants.map(({ id }) => id)); return Promise.reject(new Error('no library')); });
    warming.add([bank, grill]);
    await settled();
    expect(warmed).to.deep.equal([bank, grill]);
    expect(logger.lines.filter(({ level }) => level === 'warn')).to.have.length(2);
    await warming.close();
  });

  it('stops when the gateway ends, and does nothing before it has begun', async () => {
    warming.add([bank]);
    begin(byHand);
    await settled();
    expect(warmed).to.deep.equal([]);
    warming.add([bank, grill]);
    await settled();
    await warming.close();
    warming.add([grill]);
    await settled();
    expect(warmed).to.deep.equal([bank]);
  });
});
