import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = join(import.meta.dirname, '../../src');

/** Files of the inside (domain and application) whose text matches, as `room/file.ts`. */
function filesWith(pattern: RegExp, room: string): readonly string[] {
  return readdirSync(join(SOURCE, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && pattern.test(readFileSync(join(SOURCE, room, name), 'utf8')))
    .map((name) => `${room}/${name}`);
}

/*
 * Card numbers are masked in two places only (domain/privacy/discretion.ts). That is worth something as long as there is no way
 * around them. A new way fails here: send it through `Call` or `Discretion`, then name it.
 */
describe('the gates that card numbers do not pass', () => {
  it('are the only way into the state of calls: what the journal stores was made by Call', () => {
    expect(filesWith(/repository\.(?:save|append)\(/u, 'application')).to.deep.equal(['application/calls/call-journal.ts']);
    expect(filesWith(/\.refuse\(\{/u, 'application')).to.deep.equal(['application/calls/answer-call.ts']); // call.rejected: numbers dialled, no words
  });

  it('are asked by Call for every change, in one place', () => {
    expect(filesWith(/discretion\.tell\(/u, 'domain')).to.deep.equal(['domain/call/call.ts']);
    const call = readFileSync(join(SOURCE, 'domain/call/call.ts'), 'utf8');
    expect(call.match(/new Call\(/gu), 'start, restore and changed').to.have.length(3);
expect(call.match(/return \{ call:/gu), 'changes are handed out by `changed` alone').to.have.length(1);
  });

  it('are the only way to the agent', () => {
    expect(filesWith(/agent\.reply\(/u, 'application')).to.deep.equal(['application/conversation/replier.ts']);
    expect(filesWith(/replier\.ask\(/u, 'application')).to.deep.equal(['application/conversation/engine.ts']);
    expect(readFileSync(join(SOURCE, 'application/conversation/engine.ts'), 'utf8')).to.match(/replier\.ask\([^;]*discretion\.forAgent\(/u);
  });

  it('are past by the digits of secure mode only, on their way to the vault', () => {
    expect(filesWith(/vault\.store\(/u, 'application')).to.deep.equal(['application/conversation/secure-digits.ts']);
  });
});
