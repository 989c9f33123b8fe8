import { expect } from 'chai';
import { ReadAudit } from '../../../src/application/calls/read-audit.js';
import type { AuditFilter } from '../../../src/application/ports/audit-reader.js';
import type { NodeRegistry } from '../../../src/application/ports/node-registry.js';
import { tenantId } from '../../../src/domain/shared/ids.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const BANK = tenantId('north-bank');
const FILTER: AuditFilter = { from: null, to: null, act: null, node: null, limit: 50, cursor: null };
const signal = new AbortController().signal;

describe('ReadAudit', () => {
  const clock = new VirtualClock();
  const log = new RecordingLogger();
  const asked: (string | null)[] = [];
  const reader = {
    entries: (_tenant: unknown, { node }: AuditFilter) => { asked.push(node); return Promise.resolve({ entries: [], next: 'older' }); },
    nodes: () => Promise.resolve(['gw-0', 'gw-1']),
  };
  const sighting = (name: string) => ({ name, incarnation: 1 });
  const over = (nodes: Pick<NodeRegistry, 'alive'> | null): ReadAudit => new ReadAudit({ reader, nodes, nodeName: 'gw-1', clock, log });

  it('says whose chain it shows, and who has others', async () => {
    const view = await over({ alive: () => Promise.resolve([sighting('gw-1'), sighting('gw-2')]) }).execute(BANK, FILTER, signal);
    expect(view).to.deep.equal({
      entries: [], next: 'older', node: 'gw-1',
      nodes: [{ name: 'gw-0', alive: false, readable: true }, { name: 'gw-1', alive: true, readable: true }, { name: 'gw-2', alive: true, readable: false }],
    });
  });

  it('shows the chain of another node when it is on this disk, and nothing when it is not', async () => {
    const audit = over({ alive: () => Promise.resolve([sighting('gw-2')]) });
    expect((await audit.execute(BANK, { ...FILTER, node: 'gw-0' }, signal))?.node).to.equal('gw-0');
    expect(asked.at(-1)).to.equal('gw-0');
    expect(await audit.execute(BANK, { ...FILTER, node: 'gw-2' }, signal)).to.equal(null);
  });

  it('does not say that others are dead when it cannot know', async () => {
    const broken = await over({ alive: () => Promise.reject(new Error('redis is away')) }).execute(BANK, FILTER, signal);
    expect(broken?.nodes).to.deep.equal([{ name: 'gw-0', alive: null, readable: true }, { name: 'gw-1', alive: true, readable: true }]);
    expect((await over(null).execute(BANK, FILTER, signal))?.nodes.map(({ alive }) => alive)).to.deep.equal([null, true]);
    const hanging = over({ alive: () => new Promise(() => undefined) }).execute(BANK, FILTER, signal);
    await Promise.resolve();
    clock.advance(500);
    expect((await hanging)?.nodes[0]).to.deep.equal({ name: 'gw-0', alive: null, readable: true });
  });
});
