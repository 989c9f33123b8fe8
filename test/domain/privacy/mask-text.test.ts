import { expect } from 'chai';
import { maskJson, maskText } from '../../../src/domain/privacy/mask-text.js';
import { shortenNumber } from '../../../src/domain/privacy/shorten-number.js';

describe('maskText', () => {
  it('hides cards wherever a text holds them', () => {
    expect(maskText('charge of pan=4111111111111111 failed')).to.equal('charge of pan=[card ****1111] failed');
    expect(maskText('2026-11-21_4111-1111-1111-1111.wav')).to.equal('2026-11-21_[card ****1111].wav');
  });
});

describe('maskJson', () => {
  it('hides cards in texts, numbers and names, and keeps everything else as it is', () => {
    expect(maskJson({ at: 1795281249123, ok: true, none: null, list: ['4111 1111 1111 1111', 4111111111111111], '4111111111111111': 1.5 }))
      .to.deep.equal({ at: 1795281249123, ok: true, none: null, list: ['[card ****1111]', '[card ****1111]'], '[card ****1111]': 1.5 });
  });

  it('leaves out what lies too deep to be looked at', () => {
    let deep: unknown = '4111111111111111';
    for (let level = 0; level < 20; level += 1) deep = [deep];
    expect(JSON.stringify(maskJson(deep))).not.to.contain('4111');
  });
});

describe('shortenNumber', () => {
  it('keeps the last four digits, of a short number two', () => {
    expect(['+49 170 1234567', '5551234', '12345', '7', ''].map(shortenNumber)).to.deep.equal(['***4567', '***1234', '***45', '***7', '***']);
  });
});
