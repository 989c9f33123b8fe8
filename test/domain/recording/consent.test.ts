import { expect } from 'chai';
import fc from 'fast-check';
import { type Consent, type ConsentAct, decideConsent } from '../../../src/domain/recording/consent.js';

const ACTS: readonly ConsentAct[] = [
  { type: 'heard' }, { type: 'unheard' }, { type: 'refuse', by: 'key' }, { type: 'pause' }, { type: 'resume' }, { type: 'stop' }, { type: 'end', reason: 'call-over' },
];

describe('decideConsent', () => {
  it('begins when the notice was heard, and only then', () => {
    expect(decideConsent('asking', { type: 'heard' })).to.deep.equal({ consent: 'recording', effects: [{ type: 'begin' }] });
    for (const consent of ['recording', 'paused', 'none', 'over', 'refused'] as const) expect(decideConsent(consent, { type: 'heard' })).to.deep.equal({ consent, effects: [] });
  });

  it('forgets once, also what is complete already', () => {
    for (const consent of ['asking', 'recording', 'paused', 'over'] as const) {
      expect(decideConsent(consent, { type: 'refuse', by: 'order' })).to.deep.equal({ consent: 'refused', effects: [{ type: 'forget', by: 'order' }] });
    }
    for (const consent of ['none', 'refused'] as const) expect(decideConsent(consent, { type: 'refuse', by: 'order' }).effects).to.deep.equal([]);
  });

  it('keeps what there is when it is stopped, for good; the caller may still refuse', () => {
    for (const consent of ['recording', 'paused'] as const) expect(decideConsent(consent, { type: 'stop' })).to.deep.equal({ consent: 'over', effects: [{ type: 'keep', reason: 'stopped' }] });
    expect(decideConsent('asking', { type: 'stop' }), 'nothing is begun').to.deep.equal({ consent: 'over', effects: [] });
    for (const consent of ['none', 'over', 'refused'] as const) expect(decideConsent(consent, { type: 'stop' })).to.deep.equal({ consent, effects: [] });
  });

  it('never begins after a refusal or an end, never without the notice, whatever happens in whatever order', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...ACTS), { maxLength: 20 }), (acts) => {
      let consent: Consent = 'asking';
      let begun = 0;
      let over = false;
      for (const act of acts) {
        const decision = decideConsent(consent, act);
        for (const { type } of decision.effects) {
          if (type === 'begin') { expect(act.type).to.equal('heard'); expect(over).to.equal(false); begun += 1; }
          else if (type === 'forget' || type === 'keep') over = true;
          else expect(begun).to.equal(1);
        }
        if ((act.type === 'refuse' || act.type === 'stop') && consent !== 'none') over = true;
        ({ consent } = decision);
      }
      expect(begun).to.be.at.most(1);
    }));
  });
});
