import { expect } from 'chai';
import { decodeAnswer, encodeMessage } from '../../../../src/adapters/state/redis/order-codec.js';

describe('the answer to an order, between nodes', () => {
  it('is read by nodes of the version before: the kind of refusal stands where it always did', () => {
    expect(JSON.parse(encodeMessage({ id: 'q', outcome: 'recording-over' }))).to.deep.equal({ id: 'q', outcome: 'not-possible', obstacle: 'recording-over' });
    expect(JSON.parse(encodeMessage({ id: 'q', outcome: 'accepted' }))).to.deep.equal({ id: 'q', outcome: 'accepted' });
  });

  it('of another version is understood as far as it goes', () => {
    expect(decodeAnswer('{"id":"q","outcome":"wrong-state"}'), 'of the one before').to.deep.equal({ id: 'q', outcome: 'wrong-state' });
    expect(decodeAnswer('{"id":"q","outcome":"wrong-state","obstacle":"on-the-moon"}'), 'of a later one').to.deep.equal({ id: 'q', outcome: 'wrong-state' });
  });
});
