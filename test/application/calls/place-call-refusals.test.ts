import { expect } from 'chai';
import { MemoryOutboundQuota } from '../../../src/adapters/state/memory/memory-outbound-quota.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { isPlacingRefusal, type PlacingRequest } from '../../../src/domain/outbound/placing.js';
import { agentId, callId, tenantId } from '../../../src/domain/shared/ids.js';
import { SequentialIds } from '../../support/fakes/sequential-ids.js';
import { asked, boardFor, expectNothingHeld, LIMITS, placed, refused, TENANT, TO } from './outbound-board.js';
import { Switchboard, type SwitchboardOptions } from './switchboard.js';

describe('PlaceCall', () => {
  const signal = new AbortController().signal;

  describe('a call that is not placed', () => {
    const cases: readonly (readonly [string, string, Partial<PlacingRequest>, SwitchboardOptions['tenant']])[] = [
      ['the tenant places no calls', 'destination-not-allowed: outbound-off', {}, 'none' as never],
      ['the tenant is unknown', 'unknown-tenant', { tenantId: tenantId('nobody') }, {}],
      ['the tenant is not active', 'unknown-tenant', {}, { active: false }],
      ['the agent is unknown', 'unknown-agent', { agentId: agentId('nobody') }, {}],
      ['the caller number is another\'s', 'caller-number-not-owned', { from: '+4930999' }, {}],
      ['the tenant has no number', 'caller-number-not-owned', {}, { dids: [] }],
      ['the destination is no number', 'number-invalid: number-invalid', { to: 'sip:anna@example.com' }, {}],
      ['the destination is an emergency number', 'destination-not-allowed: number-short', { to: '112' }, {}],
      ['the country is not allowed', 'destination-not-allowed: country-not-allowed', { to: '+12025550123' }, {}],
      ['the kind is not allowed', 'destination-not-allowed: kind-not-allowed', { to: '+499001123456' }, {}],
      ['the kind is unknown', 'number-unknown-kind: number-unknown-kind', { to: '+88213123456' }, {}],
      ['it may not ring for so long', 'request-invalid: ringTimeoutMs is 5000 to 120000', { ringTimeoutMs: 600_000 }, {}],
      ['the key is too long', 'request-invalid: an idempotency key is 1 to 200 characters', { idempotencyKey: 'x'.repeat(201) }, {}],
      ['the metadata is ours', 'request-invalid', { metadata: { pbx: 'another' } }, {}],
      ['the metadata would say that a notice was heard', 'request-invalid', { metadata: { recording: 'heard' } }, {}],
      ['the metadata has a card number for a name', 'request-invalid', { metadata: { 'card.4111111111111111': 'x' } }, {}],
      ['the metadata is too much', 'request-invalid', { metadata: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`m${index}`, ''])) }, {}],
    ];
    for (const [what, code, request, tenant] of cases) {
      it(`because ${what}`, async () => {
        const board = (tenant as unknown) === 'none' ? new Switchboard() : boardFor({ tenant: { ...tenant } });
        expect(await refused(board, request)).to.satisfy((given: string) => given.startsWith(code), code);
        expect(board.telephony.legs).to.deep.equal([]);
        expect(board.metrics.value('calls_not_placed_total', { reason: code.split(':')[0]! })).to.equal(1);
        expect(board.types()).to.deep.equal([]);
        expect(JSON.stringify(board.log.lines), 'no number in the log').not.to.match(/1234567|990011/u);
        await expectNothingHeld(board);
      });
    }

    it('because of what refuses calls that come in as well, with when to ask again', async () => {
      const board = boardFor({ tenant: { concurrentCallsMax: 1 } });
      board.load = { loopDelayP99Ms: 500, memoryShare: 0.1 };
      expect(await asked(board)).to.deep.include({ refused: 'overloaded', retryAfterMs: 5000 });
      board.load = { loopDelayP99Ms: 1, memoryShare: 0.1 };
      await placed(board);
      expect(await asked(board)).to.deep.include({ refused: 'tenant_limit', retryAfterMs: 10_000 });
      void board.registry.drain();
      expect(await asked(board)).to.deep.include({ refused: 'draining' });
      expect(await refused(boardFor({ callsMax: 0 }))).to.equal('node_limit');
    });

    it('because the agent names a provider that is not here', async () => {
      const board = boardFor({ profile: { speech: { sttProviders: ['another'] } } });
      expect(await refused(board)).to.equal('agent-not-able: speech/unknown-provider');
      await expectNothingHeld(board);
    });

    it('because there is no way to the number', async () => {
      const board = boardFor();
      board.telephony.originateFailure = new PortError('no such trunk', { code: 'telephony/unreachable', kind: 'rejected' });
      expect(await refused(board)).to.equal('unreachable: telephony/unreachable');
      await expectNothingHeld(board);
      for (let call = 0; call < 3; call += 1) await placed(board).then(({ leg }) => leg.hangUp('normal')); // none of the three a day was used up
    });

    it('because this node began to drain meanwhile', async () => {
      const board = boardFor();
      const originate = board.telephony.originate.bind(board.telephony);
      board.telephony.originate = (...args) => { void board.registry.drain(); return originate(...args); };
      expect(await refused(board)).to.equal('draining');
      expect(board.telephony.liveLegs).to.deep.equal([]);
      await board.clock.settle();
      expect((await board.quota.use(TENANT, signal)).concurrent).to.equal(0);
    });

    it('fails while telephony, directory or quota are away, and holds nothing', async () => {
      for (const [code, breaks] of [
        ['telephony/unavailable', (board: Switchboard) => { board.telephony.ready = false; }],
        ['tenant-directory/unavailable', (board: Switchboard) => { board.tenants.failure = new PortError('away', { code: 'tenant-directory/unavailable', kind: 'unavailable' }); }],
        ['outbound-quota/unavailable', (board: Switchboard) => { board.quota.reserve = () => Promise.reject(new PortError('away', { code: 'outbound-quota/unavailable', kind: 'unavailable' })); }],
      ] as const) {
        const board = boardFor();
        breaks(board);
        expect(await asked(board).catch((error: unknown) => error)).to.include({ name: 'PortError', code });
        expect(board.telephony.legs).to.deep.equal([]);
        await expectNothingHeld(board);
      }
    });

    it('fails when the quota never answers, within a second', async () => {
      const board = boardFor();
      board.quota.reserve = () => new Promise(() => undefined);
      const failing = asked(board, { idempotencyKey: 'order-7' }).catch((error: unknown) => error);
      await board.clock.run(1000);
      expect(await failing).to.include({ code: 'outbound-quota/timeout' });
      const { fresh } = await board.keys.claim({ tenantId: TENANT, key: 'order-7' }, { fingerprint: 'another', callId: callId('another') }, signal);
      expect(fresh, 'nobody was called: the key is free').to.equal(true);
      await expectNothingHeld(board);
    });

    it('counts as an attempt when who asked has gone while it was dialled', async () => {
      const board = boardFor();
      const originate = board.telephony.originate.bind(board.telephony);
      const client = { gone: new AbortController() };
      board.telephony.originate = async (request) => {
        client.gone.abort(new Error('the client has gone'));
        await Promise.resolve();
        return originate(request, signal);
      };
      for (let call = 0; call < LIMITS.callsPerNumberPerDayMax; call += 1) {
        client.gone = new AbortController();
        const request = { tenantId: TENANT, agentId: agentId('card-delivery'), to: TO };
        expect(await board.placeCall.execute(request, client.gone.signal)).to.include({ refused: 'outcome-unknown' });
      }
      expect(board.telephony.liveLegs).to.deep.equal([]);
      expect(await refused(board)).to.equal('quota-per-number');
      await expectNothingHeld(board);
    });

    it('is hung up when Asterisk makes it after nobody waits any more', async () => {
      const board = boardFor();
      const originate = board.telephony.originate.bind(board.telephony);
      board.telephony.originate = async (request) => {
        await new Promise<void>((resolve) => { board.clock.after(20_000, resolve); });
        return originate(request, signal);
      };
      const failing = asked(board, { idempotencyKey: 'order-7' });
      await board.clock.run(12_000);
      const unknown = await failing;
      expect(unknown).to.include({ refused: 'outcome-unknown', detail: 'telephony/timeout' });
      expect(isPlacingRefusal(unknown) && unknown.callId !== null, 'says which call').to.equal(true);
      const again = asked(board, { idempotencyKey: 'order-7' });
      await board.clock.run(10_000);
      expect(await again, 'it may have rung: not a second time').to.include({ refused: 'outcome-unknown', callId: isPlacingRefusal(unknown) ? unknown.callId : '' });
      expect(board.telephony.legs).to.have.lengthOf(1);
      expect(board.telephony.liveLegs).to.deep.equal([]);
      await expectNothingHeld(board);
    });
  });

  describe('of 50 at once against a limit of 2', () => {
    const roomy = { concurrentCallsMax: 100 };
    const fifty = async (boards: readonly Switchboard[]): Promise<readonly string[]> => {
      const placings = await Promise.all(Array.from({ length: 50 }, (_, call) => boards[call % boards.length]!.placeCall.execute(
        { tenantId: TENANT, agentId: agentId('card-delivery'), to: `+4930${1_000_000 + call}` }, new AbortController().signal)));
      return placings.map((placing) => (isPlacingRefusal(placing) ? placing.refused : 'placed'));
    };

    it('exactly 2 are placed', async () => {
      const board = boardFor({ tenant: roomy });
      const outcomes = await fifty([board]);
      expect(outcomes.filter((outcome) => outcome === 'placed')).to.have.lengthOf(2);
      expect(outcomes.filter((outcome) => outcome === 'quota-concurrent')).to.have.lengthOf(48);
      expect(board.telephony.originations).to.have.lengthOf(2);
      for (const leg of board.telephony.legs) leg.farEnd.hangsUp(17);
      await expectNothingHeld(board);
    });

    it('exactly 2 are placed by four nodes together', async () => {
      const quota = new MemoryOutboundQuota(new Switchboard().clock);
      const boards = Array.from({ length: 4 }, (_, node) => boardFor({ quota, nodeName: `node-${node}`, tenant: roomy, ids: new SequentialIds(`01JC${node}`) }));
      const outcomes = await fifty(boards);
      expect(outcomes.filter((outcome) => outcome === 'placed')).to.have.lengthOf(2);
      expect(boards.flatMap((board) => board.telephony.originations)).to.have.lengthOf(2);
    });
  });

  describe('with an idempotency key', () => {
    it('is placed once, and the same request gives the same call', async () => {
      const board = boardFor();
      const { placing: { call } } = await placed(board, { idempotencyKey: 'order-7' });
      await board.clock.settle();
      const again = await asked(board, { idempotencyKey: 'order-7' });
      expect(again).to.deep.include({ repeated: true });
      expect(isPlacingRefusal(again) ? null : again.call.callId).to.equal(call.callId);
      expect(board.telephony.originations).to.have.lengthOf(1);
    });

    it('is placed once of many at the same time', async () => {
      const board = boardFor();
      const all = Promise.all(Array.from({ length: 20 }, () => asked(board, { idempotencyKey: 'order-7' })));
      await board.clock.run(500);
      const placings = await all;
      expect(board.telephony.originations).to.have.lengthOf(1);
      expect(new Set(placings.map((placing) => (isPlacingRefusal(placing) ? placing.refused : placing.call.callId))).size).to.equal(1);
      expect(placings.filter((placing) => !isPlacingRefusal(placing) && !placing.repeated)).to.have.lengthOf(1);
    });

    it('is a conflict for another request', async () => {
      const board = boardFor();
      await placed(board, { idempotencyKey: 'order-7' });
      expect(await refused(board, { idempotencyKey: 'order-7', to: '+493012345679' })).to.equal('idempotency-conflict');
      expect(await refused(board, { idempotencyKey: 'order-7', metadata: { order: '8' } })).to.equal('idempotency-conflict');
    });

    it('may be used again after a refusal or a failure', async () => {
      const board = boardFor();
      board.telephony.ready = false;
      await asked(board, { idempotencyKey: 'order-7' }).catch(() => undefined);
      board.telephony.ready = true;
      board.load = { loopDelayP99Ms: 500, memoryShare: 0.1 };
      expect(await refused(board, { idempotencyKey: 'order-7' })).to.equal('overloaded');
      board.load = { loopDelayP99Ms: 1, memoryShare: 0.1 };
      await placed(board, { idempotencyKey: 'order-7' });
    });

    it('whose first request has come to nothing that anybody knows is not placed a second time', async () => {
      const board = boardFor();
      const claimed = await board.keys.claim({ tenantId: TENANT, key: 'order-7' }, {
        fingerprint: JSON.stringify(['card-delivery', TO, null, null, []]), callId: callId('call-of-a-dead-node'),
      }, signal);
      expect(claimed.fresh).to.equal(true);
      const asking = asked(board, { idempotencyKey: 'order-7' });
      await board.clock.run(3000);
      expect(await asking).to.deep.include({ refused: 'outcome-unknown', callId: 'call-of-a-dead-node' });
      expect(board.telephony.legs).to.deep.equal([]);
    });
  });
});
