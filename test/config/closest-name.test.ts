import { expect } from 'chai';
import { closestName } from '../../src/config/closest-name.js';

const KNOWN = ['ariUrl', 'username', 'password', 'requestTimeoutMs', 'app', 'io'];

describe('closestName', () => {
  for (const [given, meant] of [
    ['ariURL', 'ariUrl'], ['usrename', 'username'], ['requesTimeoutMs', 'requestTimeoutMs'], ['requestTimeout', 'requestTimeoutMs'], ['pasword', 'password'], ['ap', 'app'],
  ] as const) {
    it(`takes ${given} for ${meant}`, () => {
      expect(closestName(given, KNOWN)).to.equal(meant);
    });
  }

  for (const given of ['colour', 'xyz', '']) {
    it(`takes "${given}" for nothing it knows`, () => {
      expect(closestName(given, KNOWN)).to.equal(null);
    });
  }
});
