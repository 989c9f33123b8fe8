import { expect } from 'chai';
import { sendsSlin16 } from '../../../src/adapters/asterisk/asterisk-version.js';

describe('sendsSlin16', () => {
  it('is true from the first release of each branch that does', () => {
    expect(['18.21.0', '20.6.0', '20.19.1', '21.1.0', '22.0.0', '22.10.1+dfsg+~cs6.17', '23.4.0', 'certified-20.7-cert1'].filter((version) => !sendsSlin16(version))).to.deep.equal([]);
  });

  it('is false before, and for what it cannot read', () => {
    expect(['16.30.0', '18.20.9', '19.8.1', '20.5.2', '21.0.2', 'GIT-master-1234', ''].filter(sendsSlin16)).to.deep.equal([]);
  });
});
