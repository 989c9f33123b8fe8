import { expect } from 'chai';
import fc from 'fast-check';
import { assertDialplanTarget, assertDigits, DialStrings, presentable } from '../../../src/adapters/asterisk/dial-strings.js';

const SAFE = /^PJSIP\/\+?[0-9]{1,32}@[A-Za-z0-9_.-]{1,64}$/;

describe('DialStrings', () => {
  const dialStrings = new DialStrings({ defaultTrunk: 'outbound' });

  it('fills number and trunk into the template', () => {
    expect(dialStrings.ofNumber('+4930123')).to.equal('PJSIP/+4930123@outbound');
    expect(dialStrings.ofNumber('110', 'carrier-a')).to.equal('PJSIP/110@carrier-a');
    expect(new DialStrings({ defaultTrunk: 'x', template: 'DAHDI/{trunk}/{number}' }).ofNumber('110', 'g1')).to.equal('DAHDI/g1/110');
  });

  it('takes a PJSIP dial string as it is', () => {
    expect(dialStrings.ofDestination('PJSIP/caller/sip:+4930555001@127.0.0.1:5060')).to.equal('PJSIP/caller/sip:+4930555001@127.0.0.1:5060');
    expect(dialStrings.ofDestination('4930555001')).to.equal('PJSIP/4930555001@outbound');
  });

  it('makes of any text a plain dial string or nothing', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9+&,;@|${}\n]{0,12}$/)), fc.string(), (number, trunk) => {
      let made: string | undefined;
      try {
        made = dialStrings.ofNumber(number, trunk === '' ? undefined : trunk);
      } catch {
        return; // refused
      }
      expect(made).to.match(SAFE);
    }), { numRuns: 5000 });
  });

  it('lets no second channel, option, dialplan or variable into a destination', () => {
    fc.assert(fc.property(fc.stringMatching(/^(PJSIP|Local|SIP)\/[0-9a-z&,;@|${}()\n"' /:]{0,20}$/), (destination) => {
      let made: string | undefined;
      try {
        made = dialStrings.ofDestination(destination);
      } catch {
        return; // refused
      }
      expect(made).to.match(/^PJSIP\/[^&,;|${}()\n"' ]+$/);
    }), { numRuns: 5000 });
  });
});

describe('What goes to the dialplan', () => {
  it('is a plain context and extension', () => {
    assertDialplanTarget({ context: 'transfers', extension: 'person' });
    assertDialplanTarget({ context: 'from-internal', extension: '*97' });
    for (const extension of ['', 'a b', 'a,1', 'a)', '${X}', 'a\n']) expect(() => { assertDialplanTarget({ context: 'c', extension }); }, extension).to.throw();
  });

  it('is digits and nothing else', () => {
    assertDigits('0123456789*#ABCD');
    for (const digits of ['', 'a', '1 2', '1,2', 'w', '1'.repeat(65)]) expect(() => { assertDigits(digits); }, digits).to.throw();
  });

  it('is a name without anything that has a meaning there', () => {
    expect(presentable('Jürgen O\'Neill-Śmith')).to.equal('Jürgen O\'Neill-Śmith');
    expect(presentable('Bob" <sip:evil>;tag=1,${EXTEN}\r\nX: y')).to.equal('Bob sipeviltag1EXTENX y');
    expect(presentable('x'.repeat(100))).to.have.lengthOf(64);
  });
});
