import { expect } from 'chai';
import { CachedTenantDirectory, type CachedTenantDirectoryOptions } from '../../../src/adapters/tenants/cached-tenant-directory.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { TenantDirectory } from '../../../src/application/ports/tenant-directory.js';
import { tenantId } from '../../../src/domain/shared/ids.js';
import { failure, tenantDirectoryContract } from '../../contract/tenant-directory.contract.js';
import { aTenant } from '../../support/builders/a-tenant.js';
import { MemoryTenantDirectory } from '../../support/fakes/memory-tenant-directory.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('MemoryTenantDirectory', () => {
  tenantDirectoryContract((tenants) => Promise.resolve({ directory: new MemoryTenantDirectory(tenants), lists: true, dispose: () => Promise.resolve() }));
});

describe('CachedTenantDirectory', () => {
  const signal = new AbortController().signal;
  const away = new PortError('away', { code: 'tenant-directory/unavailable', kind: 'unavailable' });

  const cached = (inner: TenantDirectory, clock: VirtualClock, options: Partial<CachedTenantDirectoryOptions> = {}): CachedTenantDirectory =>
    new CachedTenantDirectory(inner, { clock, logger: silentLogger, ttlMs: 60_000, negativeTtlMs: 5000, staleMaxMs: 3_600_000, ...options });

  tenantDirectoryContract((tenants) => Promise.resolve({
    directory: cached(new MemoryTenantDirectory(tenants), new VirtualClock()), lists: true, dispose: () => Promise.resolve(),
  }));

  let clock: VirtualClock;
  let inner: MemoryTenantDirectory;

  beforeEach(() => {
    clock = new VirtualClock();
    inner = new MemoryTenantDirectory([aTenant()]);
  });

  const find = async (directory: TenantDirectory, did = '5551000'): Promise<string | null> => (await directory.findByDid(did, '', new AbortController().signal))?.name ?? null;

  it('asks once per time to live, however the number is written', async () => {
    const directory = cached(inner, clock);
    await find(directory);
    await find(directory, '+555-1000');
    clock.advance(59_999);
    await find(directory);
    expect(inner.asked).to.equal(1);
    inner.tenants = [aTenant({ name: 'Renamed' })];
    clock.advance(2);
    expect(await find(directory)).to.equal('Renamed');
    expect(inner.asked).to.equal(2);
  });

  it('knows by id whom it found by number', async () => {
    const directory = cached(inner, clock);
    await find(directory);
    expect((await directory.findById(tenantId('north-bank'), signal))?.name).to.equal('North Bank');
    expect(inner.asked).to.equal(1);
  });

  it('knows by id whom it has listed, so that calls are gone on with while the directory is away', async () => {
    inner.tenants = [aTenant(), aTenant({ id: tenantId('south-bank'), name: 'South Bank' })];
    const directory = cached(inner, clock);
    await directory.list(signal);
    inner.failure = away;
    expect((await directory.findById(tenantId('south-bank'), signal))?.name).to.equal('South Bank');
    expect(inner.asked).to.equal(1);
  });

  it('remembers "nobody" for a shorter time', async () => {
    const directory = cached(inner, clock);
    expect(await find(directory, '5559999')).to.equal(null);
    expect(await find(directory, '5559999')).to.equal(null);
    expect(inner.asked).to.equal(1);
    clock.advance(5001);
    await find(directory, '5559999');
    expect(inner.asked).to.equal(2);
  });

  it('asks once for many who want to know at the same time', async () => {
    const directory = cached(inner, clock);
    await Promise.all(Array.from({ length: 50 }, () => find(directory)));
    expect(inner.asked).to.equal(1);
  });

  it('goes on asking for the others when one of them gives up', async () => {
    const directory = cached(inner, clock);
    const impatient = new AbortController();
    const first = failure(directory.findByDid('5551000', '', impatient.signal));
    const second = find(directory);
    impatient.abort();
    expect((await first).code).to.equal('tenant-directory/aborted');
    expect(await second).to.equal('North Bank');
  });

  it('uses what it knows while the directory behind fails, asks it now and then, and says so once', async () => {
    const logger = new RecordingLogger();
    const directory = cached(inner, clock, { logger });
    await find(directory);
    inner.failure = away;
    clock.advance(60_001);
    expect(await find(directory)).to.equal('North Bank');
    expect(await find(directory)).to.equal('North Bank');
    expect(inner.asked).to.equal(2);
    clock.advance(5001);
    expect(await find(directory)).to.equal('North Bank');
    expect(inner.asked).to.equal(3);
    expect(logger.messages('warn')).to.have.lengthOf(1);
    inner.failure = null;
    inner.tenants = [aTenant({ name: 'Renamed' })];
    clock.advance(5001);
    expect(await find(directory)).to.equal('Renamed');
    expect(logger.messages('info')).to.have.lengthOf(1);
  });

  it('fails when what it knows is too old', async () => {
    const directory = cached(inner, clock);
    await find(directory);
    inner.failure = away;
    clock.advance(60_000 + 3_600_000 + 1);
    expect(await failure(directory.findByDid('5551000', '', signal))).to.equal(away);
  });

  it('does not turn an outage into "nobody has this number"', async () => {
    const directory = cached(inner, clock);
    await find(directory, '5559999');
    inner.failure = away;
    clock.advance(5001);
    expect(await failure(directory.findByDid('5559999', '', signal))).to.equal(away);
  });

  it('does not remember a failure', async () => {
    const directory = cached(inner, clock);
    inner.failure = away;
    await failure(directory.findByDid('5551000', '', signal));
    inner.failure = null;
    expect(await find(directory)).to.equal('North Bank');
  });

  it('keeps the answers used last when it is full', async () => {
    const directory = cached(inner, clock, { entriesMax: 3 });
    await find(directory); // with the id: two entries
    await find(directory, '5550001');
    await find(directory);
    await find(directory, '5550002');
    await find(directory, '5550003');
    inner.asked = 0;
    await find(directory);
    await find(directory, '5550003');
    expect(inner.asked).to.equal(0);
    await find(directory, '5550001');
    expect(inner.asked).to.equal(1);
  });

  it('closes the directory behind it', async () => {
    await cached(inner, clock).close();
    expect(inner.closed).to.equal(true);
  });
});
