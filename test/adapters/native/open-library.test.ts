import { expect } from 'chai';
import { addressOf, copyBytes, decode } from '../../../src/adapters/native/foreign-memory.js';
import { monotonicNowMs } from '../../../src/adapters/native/monotonic-clock.js';
import { openLibrary } from '../../../src/adapters/native/open-library.js';
import { setThreadNice } from '../../../src/adapters/native/thread-priority.js';

const onLinux = process.platform === 'linux' ? it : it.skip.bind(it);

describe('openLibrary', () => {
  it('names the Debian package when the library is not there', () => {
    expect(() => openLibrary({ sonames: ['libnowhere.so.7'], debianPackage: 'libnowhere7' }))
      .to.throw(/apt-get install libnowhere7/)
      .with.property('code', 'native/library-missing');
  });

  onLinux('opens the first name that is there', () => {
    const libc = openLibrary({ sonames: ['libnowhere.so.7', 'libc.so.6'], debianPackage: 'libc6', directories: ['/nonexistent'] });
    const abs = libc.func('int abs(int value)') as (value: number) => number;
    expect(abs(-7)).to.equal(7);
  });
});

describe('foreign memory', () => {
  it('has an address, and is copied from it', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    expect([...copyBytes(addressOf(bytes), 3)]).to.deep.equal([1, 2, 3]);
    expect(decode(addressOf(bytes), 'uint16_t')).to.equal(0x0201);
  });

  it('may be shared between threads', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    shared[1] = 9;
    expect([...copyBytes(addressOf(shared), 2)]).to.deep.equal([0, 9]);
  });
});

describe('monotonicNowMs', () => {
  it('is the clock of process.hrtime', () => {
    const before = Number(process.hrtime.bigint()) / 1e6;
    const now = monotonicNowMs();
    const after = Number(process.hrtime.bigint()) / 1e6;
    expect(now).to.be.within(before - 0.1, after + 0.1);
  });
});

describe('setThreadNice', () => {
  onLinux('reports the niceness the thread really has', () => {
    expect(setThreadNice(0)).to.equal(0);
    expect([0, -1]).to.include(setThreadNice(-1)); // refused without CAP_SYS_NICE
    setThreadNice(0);
  });
});
