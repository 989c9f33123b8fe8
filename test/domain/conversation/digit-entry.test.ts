import { expect } from 'chai';
import { digitEntry } from '../../../src/domain/conversation/digit-entry.js';

describe('digitEntry', () => {
  const request = { min: 2, max: 4, terminator: '#', interDigitTimeoutMs: 1000 };
  const cases: readonly (readonly [typed: string, entry: ReturnType<typeof digitEntry>])[] = [
    ['', { digits: '', rest: '', full: false, terminated: false }],
    ['12', { digits: '12', rest: '', full: false, terminated: false }],
    ['12#', { digits: '12', rest: '', full: true, terminated: true }],
    ['#', { digits: '', rest: '', full: true, terminated: true }],
    ['1234', { digits: '1234', rest: '', full: true, terminated: false }],
    ['1234#', { digits: '1234', rest: '', full: true, terminated: true }],
    ['12#56', { digits: '12', rest: '56', full: true, terminated: true }],
    ['123456#', { digits: '1234', rest: '56#', full: true, terminated: false }],
  ];
  for (const [typed, entry] of cases) {
    it(`takes "${typed}" as "${entry.digits}"${entry.full ? '' : ', more to come'}${entry.rest === '' ? '' : `, and keeps "${entry.rest}" for later`}`, () => {
      expect(digitEntry(typed, request)).to.deep.equal(entry);
    });
  }

  it('takes everything when nothing was asked for', () => {
    expect(digitEntry('12#3', null)).to.deep.equal({ digits: '12#3', rest: '', full: false, terminated: false });
  });

  it('takes # as a key like any other when there is no terminator', () => {
    expect(digitEntry('1#', { ...request, terminator: null })).to.deep.equal({ digits: '1#', rest: '', full: false, terminated: false });
  });
});
