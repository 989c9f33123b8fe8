import { expect } from 'chai';
import { DecoderPool, DecodersExhausted } from '../../../../src/adapters/speech/local/decoder-pool.js';
import { JsgfFault } from '../../../../src/adapters/speech/local/jsgf-tokens.js';
import { type DecoderKind, SphinxModels } from '../../../../src/adapters/speech/local/sphinx-decoder.js';
import { SphinxLibrary } from '../../../../src/adapters/speech/local/sphinx-library.js';

const kind = (word: string, telephone = true): DecoderKind => ({ grammar: `#JSGF V1.0; grammar g; public <line> = ${word};`, telephone });
const [YES, NO, STOP] = [kind('yes'), kind('no'), kind('stop')];

describe('DecoderPool', () => {
  let models: SphinxModels;
  let pool: DecoderPool;
  before(() => { models = new SphinxModels(new SphinxLibrary('/usr/share/pocketsphinx/model/en-us', [])); });
  after(() => { models.close(); });
  beforeEach(() => { pool = new DecoderPool(models, 2); });
  afterEach(() => { pool.close(); });

  it('lends the decoder that was given back, warm, to the next of its kind', () => {
    const decoder = pool.take(YES);
    pool.give(decoder);
    expect(pool.take(YES)).to.equal(decoder);
  });

  it('never lends one to two', () => {
    expect(pool.take(YES)).not.to.equal(pool.take(YES));
  });

  it('tells kinds apart by grammar and by line', () => {
    const decoder = pool.take(YES);
    pool.give(decoder);
    expect(pool.take(kind('yes', false))).not.to.equal(decoder);
    pool.give(decoder);
    expect(pool.take(NO)).not.to.equal(decoder);
  });

  it('refuses more than it may have, and lends again when one is given back', () => {
    const decoder = pool.take(YES);
    pool.take(NO);
    expect(() => pool.take(STOP)).to.throw(DecodersExhausted, 'all 2');
    pool.give(decoder);
    expect(pool.take(STOP)).to.be.an('object');
  });

  it('lets the one go that was idle longest when another kind needs room', () => {
    const [yes, no] = [pool.take(YES), pool.take(NO)];
    pool.give(yes);
    pool.give(no);
    pool.give(pool.take(STOP)); // instead of yes
    expect(pool.take(NO), 'the younger one stayed').to.equal(no);
  });

  it('counts one that is given back twice once', () => {
    const decoder = pool.take(YES);
    pool.give(decoder);
    pool.give(decoder);
    expect(pool.take(YES)).to.equal(decoder);
    expect(pool.take(YES)).not.to.equal(decoder);
  });

  it('keeps one of a kind warm, without taking another when there is one', () => {
    pool.warm(YES);
    pool.take(YES);
    pool.take(NO);
    pool.warm(YES); // busy, but there
    expect(() => { pool.warm(STOP); }).to.throw(DecodersExhausted);
  });

  it('tells a bad grammar when it is to be kept warm, and has its room back', () => {
    for (let attempt = 0; attempt < 3; attempt += 1) expect(() => { pool.warm(kind('xyzzyq')); }).to.throw(JsgfFault, 'xyzzyq');
    pool.take(YES);
    pool.take(NO);
  });
});
