import { expect } from 'chai';
import { ObjectNames } from '../../../src/adapters/asterisk/object-names.js';

describe('ObjectNames', () => {
  const names = new ObjectNames('gw1');

  it('derives every name from node and leg', () => {
    expect(names.externalMedia('1795.12')).to.equal('vg.gw1.1795.12.em');
    expect(names.outgoing('01J')).to.equal('vg.gw1.01J.out');
    expect(names.outgoing('1795.12', 2)).to.equal('vg.gw1.1795.12.out2');
    expect(names.bridge('1795.12')).to.equal('vg.gw1.1795.12.br');
  });

  it('knows of each name the leg that it was made of', () => {
    for (const name of [names.externalMedia('1795.12'), names.outgoing('1795.12'), names.outgoing('1795.12', 2), names.bridge('1795.12'), '1795.12']) expect(ObjectNames.keyOf(name), name).to.equal('1795.12');
  });

  it('knows its own from those of a node whose name begins alike', () => {
    expect(names.owns('vg.gw1.x.em')).to.equal(true);
    expect(names.owns(new ObjectNames('gw10').externalMedia('x'))).to.equal(false);
    expect(names.owns('1795.12')).to.equal(false);
  });

  it('refuses nodes whose prefix could begin another\'s, and ids that Asterisk would refuse', () => {
    for (const node of ['', 'a.b', 'a b', 'x'.repeat(33)]) expect(() => new ObjectNames(node), node).to.throw();
    for (const key of ['', 'x'.repeat(101)]) expect(() => names.bridge(key)).to.throw();
    expect(new ObjectNames('x'.repeat(32)).outgoing('y'.repeat(100), 999).length).to.be.at.most(149);
  });
});
