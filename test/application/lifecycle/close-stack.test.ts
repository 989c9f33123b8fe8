import { expect } from 'chai';
import { CloseStack } from '../../../src/application/lifecycle/close-stack.js';

describe('CloseStack', () => {
  it('closes newest first, one after the other', async () => {
    const stack = new CloseStack();
    const order: string[] = [];
    const slowly = (name: string) => async (): Promise<void> => { order.push(`${name} begins`); await Promise.resolve(); order.push(`${name} ends`); };
    stack.defer('socket', slowly('socket'));
    stack.defer('timer', slowly('timer'));
    await stack.close();
    expect(order).to.deep.equal(['timer begins', 'timer ends', 'socket begins', 'socket ends']);
  });

  it('closes each thing once, however often it is asked', async () => {
    const stack = new CloseStack();
    let closed = 0;
    stack.defer('socket', () => { closed += 1; });
    const first = stack.close();
    expect(stack.close(), 'everybody waits for the one closing').to.equal(first);
    await first;
    await stack.close();
    expect(closed).to.equal(1);
  });

  it('closes the rest when one fails, and tells all failures with their names', async () => {
    const stack = new CloseStack();
    let closed = false;
    stack.defer('first', () => { closed = true; });
    stack.defer('second', () => { throw new Error('stuck'); });
    stack.defer('third', () => Promise.reject(new Error('jammed')));
    const failure = await stack.close().then(() => null, (error: unknown) => error as AggregateError);
    expect(closed).to.equal(true);
    expect(failure).to.be.instanceOf(AggregateError);
    expect(failure!.errors.map((error: Error) => error.message)).to.deep.equal(['closing third failed', 'closing second failed']);
  });

  it('closes what was opened before when the next thing cannot be opened', async () => {
    const stack = new CloseStack();
    const closed: string[] = [];
    stack.defer('thread', () => { closed.push('thread'); });
    expect(await stack.orClose(Promise.resolve('socket'))).to.equal('socket');
    expect(closed).to.deep.equal([]);
    const failure = await stack.orClose(Promise.reject(new Error('no port left'))).then(() => null, (error: unknown) => error as Error);
    expect(failure?.message).to.equal('no port left');
    expect(closed).to.deep.equal(['thread']);
  });

  it('refuses what is opened after closing began: nobody would close it', async () => {
    const stack = new CloseStack();
    await stack.close();
    expect(() => { stack.defer('late', () => undefined); }).to.throw('opened after closing began: late');
  });
});
