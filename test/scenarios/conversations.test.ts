import { expect } from 'chai';
import { Platform, type SimulatedCall } from '../support/platform.js';

const CALLS = ['card-delivery', 'interruption', 'transfer', 'silence', 'hangup-during-greeting', 'second-tenant'];

/** The scripted calls that users see in the demo, and more, each a real call from first ring to last packet. */
describe('A conversation on a real call', function () {
  this.timeout(180_000);
  let platform: Platform;
  before(async function () {
    this.timeout(180_000);
    platform = await Platform.start();
  });
  after(async () => { await platform.stop(); });
  afterEach('leaves nothing behind', async () => { await platform.untilIdle(); });

  const call = async (name: string): Promise<SimulatedCall> => {
    const result = await platform.simulate([`examples/calls/${name}.yaml`]);
    const [only] = result.calls;
    if (only === undefined) throw new Error(`no report:\n${result.output}`);
    expect(only.failures, result.output).to.deep.equal([]);
    expect(result.exitCode, result.output).to.equal(0);
    return only;
  };

  for (const name of CALLS) {
    it(`goes as examples/calls/${name}.yaml tells`, async () => {
      const report = await call(name);
      expect(report.ok).to.equal(true);
    });
  }

  it('fails a script whose expectation does not hold, and says which', async () => {
    const result = await platform.simulate(['test/scenarios/calls/wrong-expectation.yaml']);
    expect(result.exitCode).to.equal(1);
    expect(result.output).to.contain('pizza');
  });
});
