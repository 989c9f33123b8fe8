import { expect } from 'chai';
import type { CallFilter } from '../../../../../src/domain/call/call-summary.js';
import { summaryOf } from '../../../../../src/domain/call/call-summary.js';
import { storyOf } from '../../../../../src/domain/call/call-story.js';
import type { PageRequest } from '../../../../../src/application/ports/call-history.js';
import { PortError } from '../../../../../src/application/ports/port-error.js';
import { callId } from '../../../../../src/domain/shared/ids.js';
import { aCallRecord } from '../../../../support/builders/a-call.js';
import { aDomainEvent } from '../../../../support/builders/a-domain-event.js';
import { type ApiAnswer, ApiScene } from '../../../../support/servers/api-scene.js';

const CALL = aCallRecord().callId;

describe('operations on calls, past and live', () => {
  let scene: ApiScene;
  let asked: { readonly filter: CallFilter; readonly page: PageRequest; readonly tenantId: string }[];

  beforeEach(async () => {
    scene = new ApiScene();
    asked = [];
    scene.application.queries.calls = (tenantId, filter, page) => {
      asked.push({ tenantId, filter, page });
      return Promise.resolve({ calls: [summaryOf(aCallRecord(), [])], cursor: CALL });
    };
    await scene.open();
  });
  afterEach(async () => { await scene.close(); });

  const list = (query = ''): Promise<ApiAnswer> => scene.ask('GET', `/api/v1/calls${query}`, { token: scene.token('viewer') });
  const get = (id: string): Promise<ApiAnswer> => scene.ask('GET', `/api/v1/calls/${id}`, { token: scene.token('viewer') });

  describe('listCalls', () => {
    it('asks for the newest fifty of the tenant, and tells where the next page begins', async () => {
      const { body } = await list();
      expect(asked).to.deep.equal([{ tenantId: 'north-bank', filter: { states: undefined, endReason: undefined }, page: { limit: 50, cursor: null } }]);
      expect(body).to.include({ nextCursor: CALL });
      expect(body).to.have.nested.property('calls[0].correlationId', 'edge-1');
    });

    it('passes every filter on', async () => {
      await list(`?state=ended&direction=outbound&agentId=card-delivery&number=%2B15550100&endReason=no_answer&startedFrom=2026-11-01T00:00:00Z&startedTo=2026-12-01T00:00:00Z&limit=7&cursor=${CALL}`);
      expect(asked[0]).to.deep.include({
        filter: {
          states: ['ended'], direction: 'outbound', agentId: 'card-delivery', number: '+15550100', endReason: 'no_answer',
          startedFrom: '2026-11-01T00:00:00Z', startedTo: '2026-12-01T00:00:00Z',
        },
        page: { limit: 7, cursor: CALL },
      });
    });

    it('means all states but ended by live', async () => {
      await list('?state=live');
      expect(asked[0]?.filter.states).to.deep.equal(['ringing', 'answered', 'active', 'transferred']);
    });

    it('tells that a cursor is none of ours, whatever it is, and nothing breaks', async () => {
      scene.application.queries.calls = () => Promise.reject(new PortError('no cursor', { code: 'call-history/bad-cursor', kind: 'rejected' }));
      for (const cursor of ['x', '%00', '🙂', '..%2F..%2Fetc%2Fpasswd', '{"$gt":""}']) {
        const { status, body } = await list(`?cursor=${encodeURIComponent(cursor)}`);
        expect(status, cursor).to.equal(400);
        expect(body, cursor).to.deep.include({ code: 'invalid-request', faults: [{ at: 'query.cursor', message: 'no page has given this one' }] });
      }
    });

    it('refuses what cannot be meant, and names it', async () => {
      const faults: readonly (readonly [string, string])[] = [
        ['limit=0', 'query.limit'], ['limit=201', 'query.limit'], ['limit=1.5', 'query.limit'], ['limit=', 'query.limit'], ['limit=ten', 'query.limit'],
        ['limit=1&limit=2', 'query.limit'], ['state=ended&state=live', 'query.state'], ['state=%00', 'query.state'], ['cursor=a&cursor=b', 'query.cursor'],
        [`cursor=${'x'.repeat(201)}`, 'query.cursor'], ['startedFrom=yesterday', 'query.startedFrom'], ['startedTo=2026-13-01T00:00:00Z', 'query.startedTo'],
        ['startedFrom=2026-11-01T00:00:00%2B02:00', 'query.startedFrom'], ['direction=sideways', 'query.direction'], ['endReason=%0a', 'query.endReason'],
        [`number=${'1'.repeat(33)}`, 'query.number'], ['colour=red', 'query'], ['__proto__=x', 'query'], ['tenant=a&tenant=b', 'query.tenant'], ['filter[state]=ended', 'query'],
      ];
      for (const [query, at] of faults) {
        const { status, body } = await list(`?${query}`);
        expect(status, query).to.equal(400);
        expect((body?.['faults'] as readonly { readonly at: string }[]).map((fault) => fault.at), query).to.include(at);
      }
      expect(asked).to.deep.equal([]);
    });

    it('may be asked for its headers alone', async () => {
      const { status, text } = await scene.ask('HEAD', '/api/v1/calls', { token: scene.token('viewer') });
      expect({ status, text }).to.deep.equal({ status: 200, text: '' });
    });

    it('says when to come again while the history is away', async () => {
      scene.application.queries.calls = () => Promise.reject(new PortError('away', { code: 'call-history/unavailable', kind: 'unavailable', retryAfterMs: 7400 }));
      const { status, headers, body } = await list();
      expect({ status, retryAfter: headers.get('retry-after'), code: body?.['code'] }).to.deep.equal({ status: 503, retryAfter: '8', code: 'unavailable' });
    });
  });

  it('says so when it is only part of them, in list and call', async () => {
    const call = summaryOf(aCallRecord({ callId: callId(CALL) }), []);
    expect((await list()).body?.['partial']).to.equal(false);
    scene.application.queries.calls = () => Promise.resolve({ calls: [call], cursor: null, partial: true });
    scene.application.queries.call = () => Promise.resolve({ call, story: null, partial: true });
    expect([(await list()).body?.['partial'], (await get(CALL)).body?.['partial']]).to.deep.equal([true, true]);
  });

  describe('getCall', () => {
    it('tells who said what when, and where the time went', async () => {
      const record = aCallRecord({ state: 'ended', answeredAt: '2026-11-20T12:00:01.000Z', endedAt: '2026-11-20T12:00:09.000Z', endReason: 'caller_hangup' });
      const events = [
        aDomainEvent({ type: 'call.answered', setupMs: 42 }),
        aDomainEvent({ type: 'stt.transcribed', turnIndex: 1, text: 'Where is my card? 🙂', confidence: 0.9, via: 'speech', digitCount: 0, startAtMs: 1000, endAtMs: 1900 }, { atMs: 2500, occurredAt: '2026-11-20T12:00:02.500Z' }),
        aDomainEvent({
          type: 'turn.completed', turnIndex: 1, source: 'agent', said: 'On its way.', heard: 'On its', interrupted: true, startedAtMs: 2700.1234567, endedAtMs: 4000,
          latency: { endpointMs: 400, sttFinalMs: 50, agentFirstTextMs: 120.1234567890123, ttsFirstAudioMs: 80, playoutMs: 20, totalMs: 670.0499999 },
        }, { atMs: 4100, occurredAt: '2026-11-20T12:00:04.100Z' }),
        aDomainEvent({ type: 'error.tts_failed', code: 'text-to-speech/timeout', turnIndex: 1 }),
        aDomainEvent({ type: 'call.escalated', reason: 'asked for a person' }), aDomainEvent({ type: 'call.transferred', target: 'support', kind: 'queue' }),
        aDomainEvent({ type: 'call.transfer_failed', target: 'support', reason: 'unreachable', cause: { code: 27, name: 'Destination out of order' } }), aDomainEvent({ type: 'call.resumed', formerNode: 'node-0', gapMs: 900 }),
        aDomainEvent({ type: 'call.ended', result: 'success', reason: 'caller_hangup', durationMs: 9000.0123456789, turns: 1, speech: [{ provider: 'local', recognisedMs: 900.0000000001, synthesisedCharacters: 11 }], cause: { code: 16, name: 'Normal call clearing' } }),
      ];
      scene.application.accounts = [{ call: summaryOf(record, events), story: storyOf(events) }];
      const { body } = await get(CALL);
      expect(body).to.include({ callId: CALL, partial: false, state: 'ended', setupMs: 42, turns: 1, durationMs: 9000 });
      expect(body).to.have.nested.property('conversation[0].text', 'Where is my card? 🙂');
      expect(body?.['conversation']).to.have.nested.property('[1].waterfall').that.deep.includes({ totalMs: 670 });
      expect(body).to.have.nested.property('conversation[1].waterfall.bars').with.lengthOf(5);
      expect(body?.['endCause']).to.deep.equal({ code: 16, name: 'Normal call clearing' });
      expect(JSON.stringify(body), 'no number with more than one decimal but the confidence').not.to.match(/Ms":-?\d+\.\d\d/u);
      expect(body?.['transfers']).to.have.lengthOf(3);
      expect(body).to.have.nested.property('transfers[2].cause').that.deep.equals({ code: 27, name: 'Destination out of order' });
      expect(body?.['resumptions']).to.have.lengthOf(1);
      expect(body?.['speech']).to.deep.equal([{ provider: 'local', recognisedMs: 900, synthesisedCharacters: 11 }]);
    });

    it('tells of a live call without a history what is known', async () => {
      scene.application.accounts = [{ call: summaryOf(aCallRecord({ callId: callId(CALL) }), []), story: null }];
      expect((await get(CALL)).body).to.deep.include({ state: 'ringing', conversation: [], endedAt: null, endCause: null });
    });

    it('knows nothing of calls that are not there', async () => {
      expect((await get('01JCTEST0000000000N0TH1NG0')).status).to.equal(404);
    });

    it('refuses what is no id', async () => {
      for (const id of ['1', '%00', '01jctest000000000000000001', '%F0%9F%99%82', '01JCTEST00000000000000000U', `${CALL}%0a`, `${CALL}0`, '%2e%2e%2fcalls']) expect((await get(id)).status, id).to.equal(400);
      const { status, body } = await get('%E0%A4%A');
      expect({ status, code: body?.['code'] }).to.deep.equal({ status: 400, code: 'invalid-request' });
    });
  });
});
