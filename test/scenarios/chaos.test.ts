import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { runMatrix } from '../chaos/lanes.js';

/** That the chaos suite works, and one of its rounds; `npm run chaos` runs them all. */
describe('A gateway whose event socket is reset again and again, with a call in each phase', function () {
  this.timeout(90_000);
  let directory: string;
  beforeEach(async () => { directory = await mkdtemp(path.join(os.tmpdir(), 'vg-chaos-')); });
  afterEach(async () => { await rm(directory, { recursive: true, force: true }); });

  it('keeps its promises', async () => {
    let log = '';
    const cases = await runMatrix({
      troubles: [{ dependency: 'ari-events', fault: 'reset' }], lanes: 1, directory, onCases: () => undefined, onFailure: (text) => { log = text; },
    });
    expect(cases.map(({ name }) => name)).to.deep.equal(['ari-events reset ringing', 'ari-events reset listening', 'ari-events reset speaking']);
    expect(cases.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`), log).to.deep.equal([]);
  });
});
