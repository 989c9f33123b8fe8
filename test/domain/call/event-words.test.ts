import { expect } from 'chai';
import { withWords, wordless, wordsOf } from '../../../src/domain/call/event-words.js';
import { aDomainEvent } from '../../support/builders/a-domain-event.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';

describe('the words of an event', () => {
  /** Everything anybody says in the events of the builder. */
  const SAID = /card|way|person$|on$/iu;
  /** Texts of an event that nobody has said. */
  const NOT_SAID = new Set(['type', 'agentId', 'target', 'kind']);

  for (const [type, body] of Object.entries(EVERY_EVENT)) {
    it(`${type} has none left without them, and all when they are put back`, () => {
      const event = aDomainEvent(body);
      const bare = wordless(event);
      const left = Object.entries(bare.body).filter(([name, value]) => !NOT_SAID.has(name) && typeof value === 'string' && SAID.test(value));
      expect(left).to.deep.equal([]);
      expect(withWords(bare, wordsOf(event) ?? {})).to.deep.equal(event);
      expect(wordsOf(bare)).to.equal(null);
    });
  }

  it('are nothing else: a field that holds no words is never put in', () => {
    const event = aDomainEvent(EVERY_EVENT['call.answered']);
    expect(withWords(event, { setupMs: 'x', type: 'call.ended' })).to.deep.equal(event);
  });
});
