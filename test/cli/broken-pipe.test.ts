import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

describe('a command whose reader has gone', () => {
  it('ends without a stack: voice-gateway … | head', async function () {
    this.timeout(60_000);
    const { stderr } = await promisify(execFile)('sh', ['-c', '"$0" --import=tsx src/main.ts calls --help | true', process.execPath]);
    expect(stderr).to.equal('');
  });
});
