import { expect } from 'chai';
import { isAllowed, licencesOf, unwelcome } from '../../tools/licences.mjs';

describe('Licences', () => {
  it('of all that ships with the gateway ask for no more than a notice', async () => {
    const licences = await licencesOf(process.cwd());
    expect(licences.length).to.be.greaterThan(100);
    expect(unwelcome(licences)).to.deep.equal([]);
  });

  it('are told apart, also when there are several', () => {
    for (const fine of ['MIT', 'Apache2', '(MIT OR GPL-3.0)', '(Apache-2.0 AND MIT)']) expect(isAllowed(fine), fine).to.equal(true);
    for (const bad of ['GPL-2.0', 'AGPL-3.0-only', 'LGPL-3.0-or-later', '(MIT AND GPL-2.0)', 'UNLICENSED', 'SEE LICENSE IN LICENSE', '']) expect(isAllowed(bad), bad).to.equal(false);
  });
});
