import { expect } from 'chai';
import { Turns } from '../../../src/application/lifecycle/turns.js';

describe('Turns', () => {
  const { signal } = new AbortController();
  let turns: Turns;
  let begun: string[];
  let finish: Map<string, () => void>;

  beforeEach(() => {
    turns = new Turns({ atOnceMax: 2 });
    begun = [];
    finish = new Map();
  });

  /** Work called `what`, of `name`, that lasts until `end`. */
  const take = (name: string, what: string, patience = signal): Promise<string> => turns.take(name, patience, async () => {
    begun.push(what);
    await new Promise<void>((resolve) => { finish.set(what, resolve); });
    return what;
  });
  const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });
  const end = async (what: string): Promise<void> => {
    finish.get(what)?.();
    await settle();
  };

  it('does one after the other for each name, in order, and so much at one time', async () => {
    const all = Promise.all([take('a', 'a1'), take('a', 'a2'), take('b', 'b1'), take('c', 'c1')]);
    await settle();
    expect(begun).to.deep.equal(['a1', 'b1']);
    await end('b1');
    expect(begun, 'c was behind a, which had its turn').to.deep.equal(['a1', 'b1', 'c1']);
    await end('a1');
    expect(begun).to.deep.equal(['a1', 'b1', 'c1', 'a2']);
    await end('c1');
    await end('a2');
    expect(await all).to.deep.equal(['a1', 'a2', 'b1', 'c1']);
  });

  it('goes on after work that failed', async () => {
    const failure: unknown = await turns.take('a', signal, () => Promise.reject(new Error('on purpose'))).then(() => null, (error: unknown) => error);
    expect(failure).to.be.instanceOf(Error).and.to.have.property('message', 'on purpose');
    expect(await turns.take('a', signal, () => Promise.resolve(1))).to.equal(1);
  });

  it('does not do what nobody waits for any more', async () => {
    const first = take('a', 'a1');
    const patience = new AbortController();
    const second = take('a', 'a2', patience.signal).then(() => null, (error: unknown) => error);
    await settle();
    patience.abort();
    expect(await second).to.be.instanceOf(Error);
    const third = take('a', 'a3');
    await settle();
    await end('a1');
    await end('a3');
    expect([await first, await third]).to.deep.equal(['a1', 'a3']);
    expect(begun).to.deep.equal(['a1', 'a3']);
  });
});
