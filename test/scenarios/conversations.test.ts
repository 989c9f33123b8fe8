import { expect } from 'chai';
import { Platform, type SimulationResult } from '../support/platform.js';

/** The longest first; three of them go on at a time. */
const CALLS = ['silence', 'card-delivery', 'interruption', 'transfer', 'second-tenant', 'hangup-during-greeting'];
const CONCURRENCY = 3;

/** The scripted calls that users see in the demo, and more, each a real call from first ring to last packet. */
describe('A conversation on a real call', function () {
  this.timeout(180_000);
  let platform: Platform;
  let result: SimulationResult;
  before(async function () {
    this.timeout(180_000);
    platform = await Platform.start();
    result = await platform.simulate(CALLS.map((name) => `examples/calls/${name}.yaml`), ['--concurrency', String(CONCURRENCY)]);
  });
  after(async () => { await platform.stop(); });
  afterEach('leaves nothing behind', async () => { await platform.untilIdle(); });

  for (const name of CALLS) {
    it(`goes as examples/calls/${name}.yaml tells`, () => {
      const report = result.calls.find(({ script }) => script.endsWith(`${name}.yaml`));
      if (report === undefined) throw new Error(`no report of it:\n${result.output}`);
      expect(report.failures, result.output).to.deep.equal([]);
      expect(report.ok).to.equal(true);
    });
  }

  it('is told to have succeeded as a whole', () => {
    expect(result.exitCode, result.output).to.equal(0);
  });

  it('fails a script whose expectation does not hold, and says which', async () => {
    const wrong = await platform.simulate(['test/scenarios/calls/wrong-expectation.yaml']);
    expect(wrong.exitCode).to.equal(1);
    expect(wrong.output).to.contain('pizza');
  });
});
