import { expect } from 'chai';
import { PortError } from '../../../../../src/application/ports/port-error.js';
import { type CallOrder, OBSTACLES, type OrderOutcome } from '../../../../../src/domain/call/call-order.js';
import { summaryOf } from '../../../../../src/domain/call/call-summary.js';
import { aCallRecord } from '../../../../support/builders/a-call.js';
import { type ApiAnswer, ApiScene } from '../../../../support/servers/api-scene.js';

const { callId: CALL, tenantId: TENANT } = aCallRecord();

describe('orders to live calls', () => {
  let scene: ApiScene;

  beforeEach(async () => {
    scene = new ApiScene();
    scene.application.accounts = [{ call: summaryOf(aCallRecord(), []), story: null }];
    await scene.open();
  });
  afterEach(async () => { await scene.close(); });

  const order = (act: string, body?: unknown): Promise<ApiAnswer> => scene.ask('POST', `/api/v1/calls/${CALL}/${act}`, { token: scene.token('operator'), body });

  const orders: readonly (readonly [string, string, unknown, CallOrder])[] = [
    ['hangs up', 'hangup', {}, { type: 'hang-up' }],
    ['hangs up, told without a body', 'hangup', undefined, { type: 'hang-up' }],
    ['says something, without the blanks around it', 'say', { text: '  Guten Tag, 你好 🙂 ' }, { type: 'say', text: 'Guten Tag, 你好 🙂' }],
    ['sends digits', 'dtmf', { digits: '12*#AD' }, { type: 'send-dtmf', digits: '12*#AD' }],
    ['transfers to a number', 'transfer', { to: { number: '+493012345678' } }, { type: 'transfer', attended: false, briefing: '', target: { kind: 'number', number: '+493012345678' } }],
    ['transfers to an extension with a briefing, and asks first', 'transfer', { to: { extension: 'person' }, briefing: 'A lost card.' }, { type: 'transfer', attended: true, briefing: 'A lost card.', target: { kind: 'extension', extension: 'person' } }],
    ['asks first without a briefing', 'transfer', { to: { extension: 'person' }, attended: true }, { type: 'transfer', attended: true, briefing: '', target: { kind: 'extension', extension: 'person' } }],
    ['transfers to a queue at once, although there is a briefing', 'transfer', { to: { queue: 'support' }, briefing: 'x', attended: false }, { type: 'transfer', attended: false, briefing: 'x', target: { kind: 'queue', queue: 'support' } }],
    ['pauses the recording', 'recording', { act: 'pause' }, { type: 'recording', act: 'pause' }],
  ];
  for (const [name, act, body, expected] of orders) {
    it(name, async () => {
      const answer = await order(act, body);
      expect({ status: answer.status, body: answer.body }).to.deep.equal({ status: 202, body: { status: 'accepted' } });
      expect(scene.application.orders).to.deep.equal([{ tenantId: TENANT, callId: CALL, order: expected }]);
      expect(scene.audit.entries).to.have.lengthOf(1);
      expect(scene.audit.entries[0]).to.include({ subject: CALL, outcome: 'done', code: '202', tenantId: TENANT });
    });
  }

  const refusals: readonly (readonly [Exclude<OrderOutcome, 'accepted' | 'not-live'>, number, string])[] = [
    ['wrong-state', 409, 'conflict'], ['not-allowed', 422, 'refused'], ['not-possible', 422, 'refused'], ['failed', 503, 'unavailable'],
  ];
  for (const [outcome, status, code] of refusals) {
    it(`tells that it was ${outcome}`, async () => {
      scene.application.orderOutcome = outcome;
      const answer = await order('hangup', {});
      expect(answer.status).to.equal(status);
      expect(answer.body).to.include({ code, reason: outcome });
      expect(answer.body?.['detail']).to.be.a('string');
      expect(scene.audit.entries[0]).to.include({ outcome: status === 503 ? 'failed' : 'refused', code: outcome, subject: CALL });
    });
  }

  for (const [obstacle, kind] of Object.entries(OBSTACLES)) {
    it(`tells what stands in the way, and what is needed: ${obstacle}`, async () => {
      scene.application.orderOutcome = obstacle as OrderOutcome;
      const { status, body } = await order('hangup', {});
      expect({ status, reason: body?.['reason'], obstacle: body?.['obstacle'] }).to.deep.equal({ status: kind === 'wrong-state' ? 409 : 422, reason: kind, obstacle });
      expect(body?.['detail']).to.be.a('string').with.length.greaterThan(20);
      expect(body?.['detail']).not.to.match(/cannot do that/u);
    });
  }

  it('says of a call that is not live what it says of any that is not there', async () => {
    scene.application.orderOutcome = 'not-live';
    const [here, nowhere] = [await order('hangup', {}), await scene.ask('POST', '/api/v1/calls/01JCTEST0000000000N0TH1NG0/hangup', { token: scene.token('operator'), body: {} })];
    const told = ({ status, body }: ApiAnswer): unknown => ({ status, ...body, requestId: '' });
    expect(told(here)).to.deep.equal(told(nowhere));
    expect(here.status).to.equal(404);
  });

  it('tells that nobody knows whether it was done when the node of the call does not answer, and does not ask for a repetition', async () => {
    scene.application.commands.order = () => Promise.reject(new PortError('no answer', { code: 'call-orders/unreachable', kind: 'unavailable', retryable: false }));
    const { status, body, headers } = await order('say', { text: 'Hello' });
    expect(status).to.equal(503);
    expect(body).to.include({ code: 'unavailable', reason: 'unreachable' });
    expect(headers.get('retry-after')).to.equal(null);
    expect(scene.audit.entries[0]).to.include({ outcome: 'failed', code: 'unreachable' });
  });

  it('is asked for again later when the state of calls cannot be read: nothing was done', async () => {
    scene.application.commands.order = () => Promise.reject(new PortError('away', { code: 'call-repository/unavailable', kind: 'unavailable' }));
    const { status, headers } = await order('say', { text: 'Hello' });
    expect({ status, retryAfter: headers.get('retry-after') }).to.deep.equal({ status: 503, retryAfter: '5' });
  });

  it('is not carried out while the audit trail cannot be written', async () => {
    scene.audit.ready = false;
    expect((await order('hangup', {})).status).to.equal(503);
    expect(scene.application.orders).to.deep.equal([]);
  });

  it('is not for viewers', async () => {
    expect((await scene.ask('POST', `/api/v1/calls/${CALL}/hangup`, { token: scene.token('viewer'), body: {} })).status).to.equal(403);
    expect(scene.application.orders).to.deep.equal([]);
  });

  const hostile: readonly (readonly [string, string, unknown])[] = [
    ['nothing to say', 'say', {}], ['only blanks', 'say', { text: ' \t ' }], ['a NUL', 'say', { text: 'a\0b' }], ['an escape sequence', 'say', { text: '\u001b[2J' }],
    ['a C1 control', 'say', { text: 'a\u009bb' }], ['a line break', 'say', { text: 'a\r\nb' }], ['too much', 'say', { text: 'x'.repeat(1001) }], ['no text', 'say', { text: 7 }],
    ['more than is known', 'say', { text: 'a', loud: true }], ['an array', 'say', ['a']], ['a text for an object', 'say', '"hello"'], ['null', 'say', 'null'],
    ['letters as digits', 'dtmf', { digits: '12E' }], ['no digits', 'dtmf', { digits: '' }], ['digits of another script', 'dtmf', { digits: '١٢' }], ['digits with a line break', 'dtmf', { digits: '1\n' }], ['65 digits', 'dtmf', { digits: '1'.repeat(65) }],
    ['no target', 'transfer', {}], ['two targets', 'transfer', { to: { number: '1', queue: 'a' } }], ['a dialplan injection', 'transfer', { to: { extension: 'a,1,System(reboot)' } }],
    ['a channel as number', 'transfer', { to: { number: 'PJSIP/x' } }], ['a path as queue', 'transfer', { to: { queue: '../x' } }], ['a briefing with controls', 'transfer', { to: { queue: 'a' }, briefing: 'x\u0007' }],
    ['another act', 'recording', { act: 'erase' }], ['a body where there is none', 'hangup', { reason: 'x' }],
  ];
  for (const [name, act, body] of hostile) {
    it(`refuses ${name} (${act})`, async () => {
      const answer = await order(act, body);
      expect(answer.status).to.equal(400);
      expect(answer.body?.['code']).to.be.oneOf(['invalid-request', 'invalid-body']);
      expect(scene.application.orders).to.deep.equal([]);
    });
  }
});
