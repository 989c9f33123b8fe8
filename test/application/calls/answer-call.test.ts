import { expect } from 'chai';
import { PortError } from '../../../src/application/ports/port-error.js';
import { agentId } from '../../../src/domain/shared/ids.js';
import { Switchboard } from './switchboard.js';

/** Refused: never answered, released with this cause, told with this reason, nothing left. */
async function expectRefused(board: Switchboard, fields: Parameters<Switchboard['rings']>[0], expected: { readonly reason: string; readonly cause: string; readonly tenant: string }): Promise<void> {
  const leg = board.rings({ correlationId: 'edge-1', ...fields });
  await board.clock.run(2000);
  expect(leg.answered, 'answered').to.equal(false);
  expect(board.hangUps.get(leg)).to.deep.equal([expected.cause]);
  const rejection = board.publisher.events.at(-1)!;
  expect(rejection.body).to.deep.equal({ type: 'call.rejected', calleeNumber: fields?.dialledNumber ?? '5551000', reason: expected.reason, correlationId: 'edge-1' });
  expect(rejection).to.include({ tenantId: expected.tenant, sequence: 1 });
  expect(board.metrics.value('calls_rejected_total', { reason: expected.reason })).to.equal(1);
}

describe('an offered call', () => {
  it('for a number of nobody gets congestion, an event and a metric, not silence', async () => {
    const board = new Switchboard();
    await expectRefused(board, { dialledNumber: '5559999' }, { reason: 'unknown_did', cause: 'congestion', tenant: 'unknown' });
    expect(board.clock.pending).to.equal(0);
    expect(board.types()).to.deep.equal(['call.rejected']);
  });

  it('for an inactive tenant, or an agent that does not exist, is refused in the tenant\'s name', async () => {
    await expectRefused(new Switchboard({ tenant: { active: false } }), {}, { reason: 'tenant_inactive', cause: 'congestion', tenant: 'north-bank' });
    await expectRefused(
      new Switchboard({ tenant: { dids: [{ number: '5551000', agentId: agentId('gone') }] } }), {}, { reason: 'unknown_did', cause: 'congestion', tenant: 'north-bank' },
    );
  });

  it('for an agent that names no provider there is gets no place, and the log says whose it was', async () => {
    const board = new Switchboard({ profile: { speech: { sttProviders: ['elsewhere'] } } });
    await expectRefused(board, {}, { reason: 'speech_failed', cause: 'congestion', tenant: 'north-bank' });
    expect(board.log.lines.find(({ message }) => message === 'an agent cannot hear or speak as configured')?.fields)
      .to.include({ tenantId: 'north-bank', agentId: 'card-delivery', code: 'speech/unknown-provider' });
    expect(board.registry.size).to.equal(0);
    expect(board.clock.pending).to.equal(0);
  });

  it('is refused when nobody can say whose it is', async () => {
    const board = new Switchboard();
    board.tenants.failure = new PortError('away', { code: 'tenant-directory/unavailable', kind: 'unavailable' });
    await expectRefused(board, {}, { reason: 'directory_failed', cause: 'congestion', tenant: 'unknown' });
  });

  it('is refused after two seconds when the directory does not answer', async () => {
    const board = new Switchboard();
    board.tenants.findByDid = () => new Promise(() => undefined);
    await expectRefused(board, {}, { reason: 'directory_failed', cause: 'congestion', tenant: 'unknown' });
    expect(board.log.lines.find((line) => line.message === 'tenant directory failed')?.fields['code']).to.equal('tenant-directory/timeout');
    expect(board.clock.pending).to.equal(0);
  });

  it('is busy past the tenant\'s limit, and the calls before it go on', async () => {
    const board = new Switchboard({ tenant: { concurrentCallsMax: 1 } });
    const first = await board.greeted();
    await expectRefused(board, {}, { reason: 'tenant_limit', cause: 'busy', tenant: 'north-bank' });
    expect(board.registry.size).to.equal(1);
    first.farEnd.hangsUp();
    await board.clock.settle();
    expect((await board.greeted()).answered).to.equal(true);
    await board.registry.abortAll();
    await board.clock.settle();
    expect(board.clock.pending).to.equal(0);
  });

  it('gets congestion past the node\'s limit, and while the node drains', async () => {
    const full = new Switchboard({ callsMax: 0 });
    await expectRefused(full, {}, { reason: 'node_limit', cause: 'congestion', tenant: 'north-bank' });
    const draining = new Switchboard();
    await draining.registry.drain();
    await expectRefused(draining, {}, { reason: 'draining', cause: 'congestion', tenant: 'north-bank' });
  });

  it('does not take the last place together with another', async () => {
    const board = new Switchboard({ callsMax: 1 });
    const legs = [board.rings(), board.rings(), board.rings()];
    await board.clock.run(100);
    expect(legs.filter((leg) => leg.answered)).to.have.length(1);
    expect(board.metrics.value('calls_rejected_total', { reason: 'node_limit' })).to.equal(2);
    await board.registry.abortAll();
    await board.clock.settle();
    board.expectGaplessEvents();
  });

  it('is finished by a node that drains: the call goes on to its end', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    let drained = false;
    void board.registry.drain().then(() => { drained = true; });
    await board.clock.run(1000);
    expect(drained).to.equal(false);
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
    expect(drained).to.equal(true);
  });

  it('that is being decided on is waited for by a drain', async () => {
    for (const slow of ['directory', 'slots'] as const) {
      let answer!: () => void;
      const answered = new Promise<boolean>((resolve) => { answer = () => { resolve(true); }; });
      const slots = { acquire: () => answered, release: () => Promise.resolve() };
      const board = new Switchboard(slow === 'slots' ? { slots: slots as never } : {});
      if (slow === 'directory') {
        const find = board.tenants.findByDid.bind(board.tenants);
        board.tenants.findByDid = async (...asked) => { await answered; return find(...asked); };
      }
      const leg = board.rings();
      await board.clock.run(50);
      let drained = false;
      void board.registry.drain().then(() => { drained = true; });
      await board.clock.run(50);
      expect(drained, slow).to.equal(false);
      answer();
      await board.clock.run(1500);
      expect(board.hangUps.get(leg), slow).to.deep.equal(slow === 'directory' ? ['congestion'] : []);
      leg.farEnd.hangsUp();
      await board.clock.settle();
      expect(drained, slow).to.equal(true);
      expect(board.clock.pending).to.equal(0);
    }
  });

  it('that gets its place while the node ends is ended with it', async () => {
    let answer!: () => void;
    const acquired = new Promise<boolean>((resolve) => { answer = () => { resolve(true); }; });
    const board = new Switchboard({ slots: { acquire: () => acquired, release: () => Promise.resolve() } as never });
    const leg = board.rings();
    await board.clock.run(50);
    let ended = false;
    void board.registry.abortAll().then(() => { ended = true; });
    await board.clock.settle();
    expect(ended).to.equal(false);
    answer();
    await board.clock.run(100);
    expect(ended).to.equal(true);
    await board.expectReleased(leg, 'drained');
  });

  it('is refused, not lost, when handling it fails in a way nobody foresaw', async () => {
    const board = new Switchboard();
    board.registry.refusal = () => { throw new Error('a bug'); };
    await expectRefused(board, {}, { reason: 'internal_error', cause: 'congestion', tenant: 'unknown' });
    expect(board.log.messages('error')).to.deep.equal(['offer could not be handled']);
  });

  it('that cannot be released either is left to the sweeper', async () => {
    const board = new Switchboard();
    const leg = board.rings({ dialledNumber: '5559999' });
    leg.hangUp = () => Promise.reject(new PortError('away', { code: 'telephony/unavailable', kind: 'unavailable' }));
    await board.clock.run(100);
    expect(board.log.messages('warn')).to.deep.equal(['refused leg not released']);
  });

  it('is written down without the number of the caller', async () => {
    const board = new Switchboard();
    const leg = await board.greeted();
    leg.farEnd.hangsUp();
    await board.expectReleased(leg, 'caller_hangup');
    board.rings({ dialledNumber: '5559999' });
    await board.clock.run(100);
    expect(JSON.stringify(board.log.lines)).to.not.contain('15550100');
    expect(board.log.lines.find((line) => line.message === 'call answered')?.fields).to.include({ tenantId: 'north-bank', agentId: 'card-delivery' });
    const legIds = board.log.lines.filter(({ fields }) => fields['callId'] !== undefined).map(({ fields }) => fields['legId']);
    expect(new Set(legIds), 'what the telephony logs of the leg is found from the call').to.deep.equal(new Set(board.telephony.legs.map(({ id }) => id)));
    expect(board.log.lines.find((line) => line.message === 'call ended')?.fields).to.include({ tenantId: 'north-bank', result: 'success', reason: 'caller_hangup', turns: 0 });
  });
});
