import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { eitherOf } from '../../../src/adapters/asterisk/abortable.js';

describe('eitherOf', () => {
  it('aborts with the first of the two, for its reason', () => {
    const [life, lasting] = [new AbortController(), new AbortController()];
    const [first, second] = [eitherOf(life.signal, lasting.signal), eitherOf(new AbortController().signal, lasting.signal)];
    life.abort(new Error('over'));
    lasting.abort(new Error('closing'));
    expect((first.reason as Error).message).to.equal('over');
    expect((second.reason as Error).message).to.equal('closing');
  });

  it('is aborted from the start when one of them is', () => {
    const idle = new AbortController().signal;
    expect(eitherOf(AbortSignal.abort(), idle).aborted).to.equal(true);
    expect(eitherOf(idle, AbortSignal.abort()).aborted).to.equal(true);
  });

  it('leaves nothing on what outlasts it, however many lives there were', () => {
    const lasting = new AbortController();
    for (let count = 0; count < 100; count += 1) {
      const life = new AbortController();
      eitherOf(life.signal, lasting.signal);
      life.abort();
    }
    expect(getEventListeners(lasting.signal, 'abort')).to.be.empty;
    const dependants = Object.getOwnPropertySymbols(lasting.signal).find((symbol) => symbol.description === 'kDependantSignals');
    expect(dependants === undefined ? undefined : (lasting.signal as unknown as Record<symbol, unknown>)[dependants]).to.equal(undefined);
  });
});
