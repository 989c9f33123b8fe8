import { expect } from 'chai';
import { NEVER, recorded, until } from '../../contract/telephony-scene.js';
import { AsteriskLine, endAll, ring, talk, type Adapter } from './asterisk-line.js';

const READY_AGAIN_MS = 6000;

async function untilReady(adapter: Adapter, withinMs: number): Promise<number> {
  const startedAtMs = performance.now();
  while (!adapter.telephony.ready && performance.now() - startedAtMs < 3 * withinMs) await new Promise((resolve) => { setTimeout(resolve, 20); });
  return performance.now() - startedAtMs;
}

describe('The gateway when a real Asterisk goes away', function () {
  this.timeout(90_000);
  let line: AsteriskLine;
  let gateway: Adapter;
  let callers: Adapter;

  beforeEach(async () => {
    line = await AsteriskLine.open();
    gateway = await line.gateway();
    callers = await line.callers();
  });
  afterEach(async () => {
    await endAll();
    await callers.telephony.close();
    await gateway.telephony.close();
    await line.close();
  });

  it('is ready again within six seconds of its restart; the old call has ended and the next one works', async () => {
    const call = await ring(line, callers, gateway);
    await talk(call);
    const events = recorded(call.leg);
    await line.asterisk.kill();
    await until(() => !gateway.telephony.ready, 'loss noticed');
    await new Promise((resolve) => { setTimeout(resolve, 3000); }); // long enough for the pauses to grow
    await line.asterisk.restart();
    expect(await untilReady(gateway, READY_AGAIN_MS)).to.be.below(READY_AGAIN_MS);
    await untilReady(callers, READY_AGAIN_MS);
    expect(events.at(-1)).to.include({ type: 'ended', released: false });
    await call.caller.hangUp('normal');
    const next = await ring(line, callers, gateway);
    await talk(next);
    await next.leg.hangUp('normal');
    await until(() => next.caller.ended, 'end');
    expect(await line.asterisk.untilIdle(10_000)).to.deep.equal({ channels: 0, bridges: 0, rtpSockets: 0 });
  });

  it('notices a frozen one within eight seconds, and keeps the call that lives through it', async () => {
    const call = await ring(line, callers, gateway);
    await talk(call);
    line.asterisk.freeze();
    const frozenAtMs = performance.now();
    while (gateway.telephony.ready && performance.now() - frozenAtMs < 20_000) await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect(performance.now() - frozenAtMs).to.be.below(9000); // 5 s to the ping, 3 s to the pong, and the machine's noise
    line.asterisk.unfreeze();
    expect(await untilReady(gateway, READY_AGAIN_MS)).to.be.below(READY_AGAIN_MS);
    expect(call.leg.ended).to.equal(false);
    const events = recorded(call.leg);
    await untilReady(callers, READY_AGAIN_MS);
    await call.caller.sendDtmf('5', NEVER);
    await until(() => events.some(({ type }) => type === 'dtmf'), 'digit');
    await call.caller.hangUp('normal');
    await until(() => call.leg.ended, 'end');
    await call.leg.hangUp('normal');
    expect(await line.asterisk.untilIdle(10_000)).to.deep.equal({ channels: 0, bridges: 0, rtpSockets: 0 });
  });

  it('sweeps what a gateway before it has left, and nothing else', async () => {
    await gateway.telephony.close();
    const { asterisk } = line;
    await asterisk.request('POST', 'channels/externalMedia?channelId=vg.gw.old.em&app=callers&external_host=127.0.0.1:9&format=ulaw');
    await asterisk.request('POST', 'bridges/vg.gw.old.br?type=mixing');
    await asterisk.request('POST', 'bridges/somebody-elses?type=mixing');
    gateway = await line.gateway();
    await until(async () => (await asterisk.bridges()).length === 1 && (await asterisk.channels()).length === 0, 'the sweep').catch(() => undefined); // asserted on below
    expect((await asterisk.bridges()).map(({ id }) => id)).to.deep.equal(['somebody-elses']);
    expect(await asterisk.channels()).to.deep.equal([]);
    expect(gateway.metrics.value('orphans_reaped_total')).to.equal(2);
    await asterisk.request('DELETE', 'bridges/somebody-elses');
  });

  it('takes up a call that is in its application and that it was never told of', async () => {
    const call = await ring(line, callers, gateway);
    await call.leg.answer(NEVER);
    await gateway.telephony.close(); // as a crash would: the caller stays in the application
    const offers: unknown[] = [];
    gateway = await line.gateway();
    gateway.telephony.onOffer((offer) => {
      offers.push(offer);
      expect(offer).to.include({ dialledNumber: '4930555001', trunk: 'trunk' });
      void offer.leg.hangUp('normal');
    });
    await until(() => offers.length === 1 && call.caller.ended, 'taken up');
  });

  it('gives way to another process that takes its application, and says so', async () => {
    const other = await line.gateway();
    await until(() => gateway.telephony.status === 'replaced', 'replaced');
    expect(gateway.metrics.value('ari_application_replaced_total')).to.equal(1);
    expect(gateway.logger.messages('error')).to.deep.equal(['another process took our stasis application; calls go there']);
    expect(other.telephony.ready).to.equal(true);
    await other.telephony.close();
  });
});
