import { expect } from 'chai';
import { codeOf } from '../../../src/application/ports/port-error.js';
import { ofAllNodes } from '../../../src/application/recordings/running-calls.js';

const { signal } = new AbortController();

describe('ofAllNodes', () => {
  let own: boolean;
  beforeEach(() => { own = false; });

  const listed = (meanwhile: () => void): Promise<unknown> => ofAllNodes({ findLive: () => { meanwhile(); return Promise.resolve([]); } }, () => own)
    .findLive({}, 10, signal).catch((error: unknown) => codeOf(error));

  it('lists what there is while all is known', async () => {
    expect(await listed(() => undefined)).to.deep.equal([]);
  });

  it('refuses to take the calls of this node for all, also when the others were lost while it was asked', async () => {
    own = true;
    expect(await listed(() => { own = false; }), 'they are being brought back').to.equal('call-repository/own-only');
    own = false;
    expect(await listed(() => { own = true; })).to.equal('call-repository/own-only');
  });
});
