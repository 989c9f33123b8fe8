import { expect } from 'chai';
import { PortError } from '../../../../../src/application/ports/port-error.js';
import { type PlacingRefusalCode, refusal } from '../../../../../src/domain/outbound/placing.js';
import { callId } from '../../../../../src/domain/shared/ids.js';
import { aCallRecord } from '../../../../support/builders/a-call.js';
import { type ApiAnswer, ApiScene } from '../../../../support/servers/api-scene.js';

const REQUEST = { agentId: 'card-delivery', to: '+493012345678' };

describe('placeCall', () => {
  let scene: ApiScene;

  beforeEach(async () => {
    scene = new ApiScene();
    scene.application.placing = { call: aCallRecord({ direction: 'outbound', calleeNumber: REQUEST.to }), repeated: false };
    await scene.open();
  });
  afterEach(async () => { await scene.close(); });

  const place = (body: unknown = REQUEST, headers: Readonly<Record<string, string>> = {}): Promise<ApiAnswer> => scene.ask('POST', '/api/v1/calls', { token: scene.token('operator'), body, headers });

  it('places what was asked for, and tells where the call is', async () => {
    const more = { from: '+4930555', ringTimeoutMs: 20_000, metadata: { order: '7', 'campaign.id': 'spring 🙂' } };
    const { status, headers, body } = await place({ ...REQUEST, ...more });
    expect(status).to.equal(201);
    expect(scene.application.placings).to.deep.equal([{ tenantId: 'north-bank', ...REQUEST, ...more }]);
    expect(headers.get('location')).to.equal(`/api/v1/calls/${aCallRecord().callId}`);
    expect(body).to.include({ callId: aCallRecord().callId, state: 'ringing', to: REQUEST.to, repeated: false });
    expect(scene.audit.entries[0]).to.include({ act: 'placeCall', subject: aCallRecord().callId, outcome: 'done' });
  });

  it('passes the Idempotency-Key on, and tells that the call is an earlier one', async () => {
    scene.application.placing = { call: aCallRecord({ direction: 'outbound' }), repeated: true };
    expect((await place(REQUEST, { 'idempotency-key': 'order-7' })).body).to.include({ repeated: true });
    expect(scene.application.placings[0]).to.include({ idempotencyKey: 'order-7' });
  });

  it('refuses keys that are none', async () => {
    for (const key of ['a b', 'x'.repeat(129), 'ü']) expect((await place(REQUEST, { 'idempotency-key': key })).status, key).to.equal(400);
    expect(scene.application.placings).to.deep.equal([]);
  });

  const refusals: Readonly<Record<PlacingRefusalCode, readonly [number, string]>> = {
    draining: [503, 'unavailable'], node_limit: [503, 'unavailable'], overloaded: [503, 'unavailable'], unreachable: [503, 'unavailable'],
    tenant_limit: [429, 'too-many-requests'], 'quota-concurrent': [429, 'too-many-requests'], 'quota-per-second': [429, 'too-many-requests'],
    'quota-minutes-per-day': [429, 'too-many-requests'], 'quota-per-number': [429, 'too-many-requests'],
    'idempotency-conflict': [409, 'conflict'], 'outcome-unknown': [409, 'conflict'],
    'unknown-tenant': [422, 'refused'], 'unknown-agent': [422, 'refused'], 'caller-number-not-owned': [422, 'refused'], 'request-invalid': [422, 'refused'], 'agent-not-able': [422, 'refused'],
    'number-invalid': [422, 'refused'], 'number-unknown-kind': [422, 'refused'], 'destination-not-allowed': [422, 'refused'],
  };
  for (const [refused, [status, code]] of Object.entries(refusals)) {
    it(`tells why not: ${refused}`, async () => {
      scene.application.placing = refusal(refused as PlacingRefusalCode, { detail: 'outbound-off', retryAfterMs: 1200 });
      const answer = await place();
      expect(answer.status).to.equal(status);
      expect(answer.body).to.include({ code, reason: refused, detail: 'outbound-off: the tenant\'s settings have no `outbound`, so it places no calls' });
      expect(answer.headers.get('retry-after')).to.equal('2');
      expect(scene.audit.entries[0]).to.include({ outcome: status === 503 ? 'failed' : 'refused', code: refused, subject: '' });
    });
  }

  it('tells which call it may be when the first request with the key came to no known end', async () => {
    scene.application.placing = refusal('outcome-unknown', { callId: callId('01JCTEST0000000000EAR11ER0') });
    const { body, headers } = await place();
    expect(body?.['detail']).to.include('01JCTEST0000000000EAR11ER0');
    expect(headers.get('retry-after')).to.equal(null);
  });

  it('is asked for again later when what is needed is away: nobody was called', async () => {
    scene.application.commands.placeCall = () => Promise.reject(new PortError('away', { code: 'outbound-quota/unavailable', kind: 'unavailable' }));
    const { status, headers } = await place();
    expect({ status, retryAfter: headers.get('retry-after') }).to.deep.equal({ status: 503, retryAfter: '5' });
  });

  it('takes no prototype for metadata', async () => {
    await place(`{"agentId":"card-delivery","to":"1","metadata":{"__proto__":"x","constructor":"y"}}`);
    const { metadata = {} } = scene.application.placings[0] ?? {};
    expect(Object.getPrototypeOf(metadata)).to.equal(Object.prototype);
    expect(Object.entries(metadata)).to.deep.equal([['constructor', 'y']]);
  });

  const hostile: readonly (readonly [string, unknown])[] = [
    ['nobody to call', { agentId: 'a' }], ['no agent', { to: '+491' }], ['an agent of no form', { ...REQUEST, agentId: '../x' }], ['capitals', { ...REQUEST, agentId: 'Card' }], ['a long number', { ...REQUEST, to: '1'.repeat(65) }],
    ['an address as caller', { ...REQUEST, from: 'sip:a@b' }], ['letters as caller', { ...REQUEST, from: '+49\n1' }], ['a short ring', { ...REQUEST, ringTimeoutMs: 4999 }], ['a text as time', { ...REQUEST, ringTimeoutMs: '20000' }],
    ['infinity', `{"agentId":"a","to":"1","ringTimeoutMs":1e999}`], ['metadata that is no text', { ...REQUEST, metadata: { a: 1 } }], ['metadata within metadata', { ...REQUEST, metadata: { a: {} } }],
    ['controls in metadata', { ...REQUEST, metadata: { a: 'x\r\ny' } }], ['a long text', { ...REQUEST, metadata: { a: 'x'.repeat(257) } }], ['a name of no form', { ...REQUEST, metadata: { 'a b': 'x' } }],
    ['a prototype', `{"agentId":"a","to":"1","__proto__":{"from":"1"}}`], ['a tenant of its own', { ...REQUEST, tenantId: 'harbour-grill' }],
  ];
  for (const [name, body] of hostile) {
    it(`refuses ${name}`, async () => {
      expect((await place(body)).status).to.equal(400);
      expect(scene.application.placings).to.deep.equal([]);
    });
  }
});
