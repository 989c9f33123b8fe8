import { expect } from 'chai';
import { type AddressedOrder, type CallOrders } from '../../src/application/ports/call-orders.js';
import { PortError } from '../../src/application/ports/port-error.js';
import { type CallOrder, type OrderOutcome, OBSTACLES, type OrderObstacle } from '../../src/domain/call/call-order.js';
import type { HandoverTarget } from '../../src/domain/conversation/stimulus.js';
import { callId, tenantId } from '../../src/domain/shared/ids.js';
import { until } from '../support/until.js';

export interface CallOrdersUnderTest {
  /** Who gives orders. */
  readonly orders: CallOrders;
  /** Another node's end of the same way, or the same one where there is no other. */
  readonly other: CallOrders;
  /** Resolves when `ORDER_DEADLINE_MS` have passed for whoever waits. */
  readonly untilDeadline: () => Promise<void>;
}

/** One of each kind; the compiler keeps it complete. */
const EVERY_ORDER: { readonly [Type in CallOrder['type']]: Extract<CallOrder, { type: Type }> } = {
  'hang-up': { type: 'hang-up' },
  'transfer': { type: 'transfer', target: { kind: 'number', number: '+4930123' }, attended: true, briefing: 'Wants a new card. "Quick", she says.' },
  'send-dtmf': { type: 'send-dtmf', digits: '12*#A' },
  'say': { type: 'say', text: 'Grüße – one moment, please.' },
  'recording': { type: 'recording', act: 'pause' },
};
const EVERY_TARGET: readonly HandoverTarget[] = [{ kind: 'extension', extension: '7' }, { kind: 'number', number: '+4930123' }, { kind: 'queue', queue: 'support' }];
const EVERY_OBSTACLE = Object.fromEntries(Object.keys(OBSTACLES).map((obstacle) => [obstacle, true])) as { readonly [Obstacle in OrderObstacle]: true };
const EVERY_OUTCOME: { readonly [Outcome in OrderOutcome]: true } = { 'accepted': true, 'not-live': true, 'wrong-state': true, 'not-allowed': true, 'not-possible': true, 'failed': true, ...EVERY_OBSTACLE };

/** What every CallOrders promises. */
export function callOrdersContract(make: () => Promise<CallOrdersUnderTest>): void {
  describe('keeps the contract of CallOrders', () => {
    const signal = new AbortController().signal;
    const hangUp: Extract<AddressedOrder, { readonly order: CallOrder }> = { callId: callId('01JCTEST000000000000000001'), order: EVERY_ORDER['hang-up'] };
    let orders: CallOrders;
    let other: CallOrders;
    let untilDeadline: () => Promise<void>;

    beforeEach(async () => { ({ orders, other, untilDeadline } = await make()); });
    afterEach(async () => { await orders.close(); await other.close(); });

    const failure = async (work: Promise<unknown>): Promise<PortError> => {
      const error: unknown = await work.then(() => null, (thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(PortError);
      return error as PortError;
    };

    /** Serving has begun when an order is answered; before, nobody may be there to hear it. */
    const serve = async (node: string, handler: (addressed: AddressedOrder) => Promise<OrderOutcome>, by = other): Promise<() => void> => {
      let ready = false;
      const cancel = by.serve(node, (addressed) => (addressed.callId === 'ready?' ? Promise.resolve('accepted') : handler(addressed)));
      await until(async () => {
        ready = await orders.issue(node, { ...hangUp, callId: callId('ready?') }, signal).then(() => true, () => false);
        return ready;
      });
      return cancel;
    };

    for (const [type, order] of Object.entries(EVERY_ORDER)) {
      it(`brings an order to the node that has the call, as it was: ${type}`, async () => {
        const given: AddressedOrder[] = [];
        await serve('node-2', (addressed) => { given.push(addressed); return Promise.resolve('accepted'); });
        expect(await orders.issue('node-2', { ...hangUp, order }, signal)).to.equal('accepted');
        expect(given).to.deep.equal([{ ...hangUp, order }]);
      });
    }

    for (const target of EVERY_TARGET) {
      it(`brings a transfer as it was: to a ${target.kind}`, async () => {
        const given: AddressedOrder[] = [];
        await serve('node-2', (addressed) => { given.push(addressed); return Promise.resolve('accepted'); });
        const transfer: AddressedOrder = { ...hangUp, order: { type: 'transfer', target, attended: false, briefing: '' } };
        expect(await orders.issue('node-2', transfer, signal)).to.equal('accepted');
        expect(given).to.deep.equal([transfer]);
      });
    }

    it('brings an order to the node itself', async () => {
      const given: AddressedOrder[] = [];
      await serve('node-2', (addressed) => { given.push(addressed); return Promise.resolve('accepted'); });
      const forget: AddressedOrder = { callId: null, order: { type: 'erase-subject', tenantId: tenantId('north-bank'), number: '+4930777001', callIds: [callId('c-1'), callId('c-2')] } };
      expect(await orders.issue('node-2', forget, signal)).to.equal('accepted');
      expect(given).to.deep.equal([forget]);
    });

    it('brings back what the handler said, each to the one who asked', async () => {
      const outcomes = Object.keys(EVERY_OUTCOME) as OrderOutcome[];
      await serve('node-2', ({ callId: id }) => Promise.resolve(id as unknown as OrderOutcome));
      const answers = await Promise.all(outcomes.map((outcome) => orders.issue('node-2', { ...hangUp, callId: callId(outcome) }, new AbortController().signal)));
      expect(answers).to.deep.equal(outcomes);
    });

    it('serves nodes apart, its own too', async () => {
      await serve('node-2', () => Promise.resolve('accepted'));
      await serve('node-1', () => Promise.resolve('not-possible'), orders);
      expect([await orders.issue('node-1', hangUp, signal), await orders.issue('node-2', hangUp, signal)]).to.deep.equal(['not-possible', 'accepted']);
    });

    it('says failed for a handler that throws', async () => {
      await serve('node-2', () => Promise.reject(new Error('a handler failed on purpose')));
      expect(await orders.issue('node-2', hangUp, signal)).to.equal('failed');
    });

    it('is told at once that nobody serves a node: never began, or has ended', async () => {
      expect(await failure(orders.issue('node-9', hangUp, signal))).to.include({ code: 'call-orders/unreachable', kind: 'unavailable' });
      (await serve('node-2', () => Promise.resolve('accepted')))();
      await until(async () => orders.issue('node-2', hangUp, signal).then(() => false, (error: unknown) => (error as PortError).code === 'call-orders/unreachable'));
    });

    it('gives up at the deadline, and carries the order out once at most', async () => {
      let carriedOut = 0;
      let answer = (): void => undefined;
      const late = new Promise<OrderOutcome>((resolve) => { answer = () => { resolve('accepted'); }; });
      await serve('node-2', () => { carriedOut += 1; return late; });
      const waiting = failure(orders.issue('node-2', hangUp, signal));
      await until(() => carriedOut === 1);
      await untilDeadline();
      expect(await waiting).to.include({ code: 'call-orders/unreachable', retryable: false });
      answer();
      await late;
      expect(carriedOut).to.equal(1);
    });

    it('waits longer for a node itself than for a call', async () => {
      let given = false;
      let answer = (): void => undefined;
      const late = new Promise<OrderOutcome>((resolve) => { answer = () => { resolve('accepted'); }; });
      await serve('node-2', () => { given = true; return late; });
      const waiting = orders.issue('node-2', { callId: null, order: { type: 'erase-subject', tenantId: tenantId('north-bank'), number: '+4930777001', callIds: [] } }, signal);
      await until(() => given);
      await untilDeadline();
      answer();
      expect(await waiting).to.equal('accepted');
    });

    it('bounds the orders under way', async () => {
      let answer = (): void => undefined;
      const held = new Promise<OrderOutcome>((resolve) => { answer = () => { resolve('accepted'); }; });
      await serve('node-2', () => held);
      const asked = Array.from({ length: 250 }, () => orders.issue('node-2', hangUp, new AbortController().signal).catch((error: unknown) => (error as PortError).code));
      const refused = await Promise.all(asked.slice(200));
      expect(new Set(refused)).to.deep.equal(new Set(['call-orders/busy']));
      answer();
      expect(new Set(await Promise.all(asked.slice(0, 200)))).to.deep.equal(new Set(['accepted']));
      expect(await orders.issue('node-2', hangUp, signal), 'and then there is room again').to.equal('accepted');
    });

    it('stops waiting when the signal aborts', async () => {
      let given = 0;
      await serve('node-2', () => { given += 1; return new Promise(() => undefined); });
      const abort = new AbortController();
      const waiting = failure(orders.issue('node-2', hangUp, abort.signal));
      await until(() => given === 1);
      abort.abort();
      expect((await waiting).code).to.equal('call-orders/aborted');
      expect((await failure(orders.issue('node-2', hangUp, AbortSignal.abort()))).code).to.equal('call-orders/aborted');
      expect(given).to.equal(1);
    });
  });
}
