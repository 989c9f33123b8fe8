import { expect } from 'chai';
import { KnownRecordings } from '../../../src/adapters/recordings/file/known-recordings.js';
import type { Recording } from '../../../src/domain/recording/recording.js';
import { aBeginning } from '../../contract/recording-store.contract.js';

const A_RECORDING: Recording = { ...aBeginning(1), audioBytes: 32_000, durationMs: 1000 };

describe('KnownRecordings', () => {
  it('keeps groups apart, and forgets what is not there any more', () => {
    const known = new KnownRecordings();
    for (const group of ['one', 'other']) for (const id of ['a', 'b']) known.put(group, id, A_RECORDING);
    known.keep('one', ['b', 'c']);
    known.forget('other', 'b');
    known.keep('nobody', []);
    expect(['one', 'other'].flatMap((group) => ['a', 'b', 'c'].filter((id) => known.get(group, id) !== null).map((id) => group + id))).to.deep.equal(['oneb', 'othera']);
  });

  it('remembers 20,000, those that came first, and others when there is room again', () => {
    const known = new KnownRecordings();
    for (let at = 0; at < 20_001; at += 1) known.put('one', String(at), A_RECORDING);
    expect([known.get('one', '0'), known.get('one', '20000')]).to.deep.equal([A_RECORDING, null]);
    known.forget('one', '7');
    known.forget('one', '7');
    for (const id of ['20001', '20002']) known.put('one', id, A_RECORDING);
    expect([known.get('one', '20001'), known.get('one', '20002')]).to.deep.equal([A_RECORDING, null]);
  });
});
