import { request as httpRequest } from 'node:http';
import { expect } from 'chai';
import { HEARTBEAT_MS, WAITING_BYTES_MAX } from '../../../../../src/adapters/http/api/event-stream.js';
import type { Cancel } from '../../../../../src/application/ports/clock.js';
import { BACKLOG_EVENTS_MAX } from '../../../../../src/application/ports/live-feed.js';
import type { DomainEvent, EventBody } from '../../../../../src/domain/shared/domain-event.js';
import { callId, tenantId } from '../../../../../src/domain/shared/ids.js';
import { aDomainEvent } from '../../../../support/builders/a-domain-event.js';
import { ApiScene } from '../../../../support/servers/api-scene.js';
import { EventReader } from '../../../../support/servers/event-reader.js';
import { until } from '../../../../support/until.js';
import { VirtualClock } from '../../../../support/virtual-clock.js';

const OTHER_CALL = callId('01JCTEST000000000000000002');

function said(text: string, deviations: Partial<Omit<DomainEvent, 'body'>> = {}): DomainEvent {
  return aDomainEvent({ type: 'stt.transcribed', turnIndex: 1, text, confidence: null, via: 'speech', digitCount: 0, startAtMs: 0, endAtMs: 500 }, deviations);
}

describe('streamEvents', () => {
  let clock: VirtualClock;
  let scene: ApiScene;
  let readers: EventReader[];
  /** Followers that were not cancelled. */
  let following: number;

  beforeEach(async () => {
    clock = new VirtualClock({ wallStart: '2026-11-20T12:00:00.000Z' });
    scene = new ApiScene({ clock });
    readers = [];
    following = 0;
    const { feed } = scene.application;
    scene.application.queries.follow = (scope, after, follower): Cancel => {
      following += 1;
      const cancel = feed.follow(scope, after, follower);
      return () => { following -= 1; cancel(); };
    };
    await scene.open();
  });
  afterEach('nobody is followed any more', async () => {
    for (const reader of readers) reader.close();
    await until(() => following === 0);
    await scene.close();
    expect(clock.pending, 'timers').to.equal(0);
  });

  const open = async (query = '', headers: Readonly<Record<string, string>> = {}): Promise<EventReader> => {
    const reader = await EventReader.open(`${scene.url}/api/v1/events${query}`, { authorization: `Bearer ${scene.token('viewer')}`, ...headers });
    readers.push(reader);
    return reader;
  };
  const happen = (...events: DomainEvent[]): void => { scene.application.feed.publish(events); };

  it('tells what happens in calls of the tenant, and that nothing is missed from now on', async () => {
    const reader = await open();
    expect(reader.headers).to.include({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    expect(await reader.next()).to.deep.include({ type: 'current', data: {} });
    const event = said('Line one\nid: 7\ndata: x\n\n 🙂 \u2028');
    happen(said('not yours', { tenantId: tenantId('harbour-grill') }), event);
    const { body: { type, ...data }, ...envelope } = event;
    const told = await reader.next();
    expect(told).to.deep.include({ type, data: { ...envelope, data } });
    expect(told.id).not.to.equal('');
    expect(reader.text).to.match(/^retry: 2000\n\n/u);
  });

  it('tells of one call, or of one family of events', async () => {
    const [ofCall, ofErrors] = [await open(`?callId=${OTHER_CALL}`), await open('?family=error')];
    for (const reader of [ofCall, ofErrors]) await reader.next();
    happen(said('of the first'), said('of the other', { callId: OTHER_CALL }), aDomainEvent({ type: 'error.stt_failed', code: 'x' }), said('again', { callId: OTHER_CALL }));
    expect((await ofCall.next()).data).to.have.nested.property('data.text', 'of the other');
    expect((await ofCall.next()).data).to.have.nested.property('data.text', 'again');
    expect((await ofErrors.next()).type).to.equal('error.stt_failed');
  });

  it('has a family for every type of event', async () => {
    // The compiler holds this to the types there are.
    const types: Readonly<Record<EventBody['type'], true>> = {
      'call.started': true, 'call.rejected': true, 'call.answered': true, 'call.resumed': true, 'call.escalated': true, 'call.transferred': true, 'call.transfer_failed': true, 'call.ended': true,
      'dtmf.received': true, 'pci.masked': true, 'recording.ended': true, 'recording.erased': true, 'recording.paused': true, 'recording.refused': true, 'recording.resumed': true, 'recording.started': true, 'stt.corrected': true, 'stt.transcribed': true, 'llm.responded': true, 'tts.generated': true, 'turn.completed': true, 'caller.interrupted': true, 'caller.silent': true,
      'error.stt_failed': true, 'error.llm_timeout': true, 'error.llm_failed': true, 'error.tts_failed': true,
    };
    for (const family of new Set(Object.keys(types).map((type) => type.split('.')[0] ?? ''))) {
      expect((await scene.ask('HEAD', `/api/v1/events?family=${family}`, { token: scene.token('viewer') })).status, family).to.equal(200);
    }
  });

  it('goes on after a break where it was: nothing twice, nothing missing', async () => {
    const first = await open();
    await first.next();
    happen(said('one'), said('two'));
    const { id } = await first.next();
    first.close();
    await until(() => following === 0);
    happen(said('three'));
    const second = await open('', { 'last-event-id': id });
    expect((await second.next()).data).to.have.nested.property('data.text', 'two');
    expect((await second.next()).data).to.have.nested.property('data.text', 'three');
    expect((await second.next()).type).to.equal('current');
  });

  it('tells of a gap when what was missed is not kept any more, or the position is a stranger\'s', async () => {
    const first = await open();
    await first.next();
    happen(said('one'));
    const { id } = await first.next();
    first.close();
    await until(() => following === 0);
    for (let index = 0; index <= 2 * BACKLOG_EVENTS_MAX; index += 1) happen(said(`later ${index}`));
    for (const after of [id, 'never-was-one', '1732104000000-0', '{}[]"', 'x'.repeat(128)]) {
      const reader = await open('', { 'last-event-id': after });
      const notice = await reader.next();
      expect(notice, after).to.include({ type: 'gap', id: '' });
      reader.close();
    }
  });

  it('beats while nothing happens, and then tells how far a client has come whom nothing of it concerned', async () => {
    const reader = await open('?family=error');
    await reader.next();
    clock.advance(HEARTBEAT_MS);
    await reader.until(': still here\n\n');
    happen(said('not an error'));
    await new Promise((resolve) => { setImmediate(resolve); }); // followers are told in a turn of their own
    clock.advance(HEARTBEAT_MS);
    await reader.until('\nid: ');
    const after = /\nid: (\S+)\n\n$/u.exec(reader.text)?.[1] ?? '';
    reader.close();
    await until(() => following === 0);
    happen(aDomainEvent({ type: 'error.stt_failed', code: 'x' }));
    const second = await open('?family=error', { 'last-event-id': after });
    expect((await second.next()).type).to.equal('error.stt_failed');
    expect((await second.next()).type).to.equal('current');
  });

  it('ends with the token it was opened with', async () => {
    const token = 'ten-minutes';
    scene.verifier.identities.set(token, { subject: 'x', role: 'viewer', tenantId: tenantId('north-bank'), expiresAt: '2026-11-20T12:10:00.000Z' });
    const reader = await open('', { authorization: `Bearer ${token}` });
    await reader.next();
    clock.advance(10 * 60_000 - 1);
    happen(said('still'));
    expect((await reader.next()).data).to.have.nested.property('data.text', 'still');
    clock.advance(1);
    await reader.ended;
    expect(following).to.equal(0);
  });

  it('ends with the token that asked for the ticket', async () => {
    const identity = { subject: 'x', role: 'viewer', tenantId: tenantId('north-bank'), expiresAt: '2026-11-20T12:01:00.000Z' } as const;
    const ticket = await scene.tickets.issue(identity, new AbortController().signal);
    const reader = await EventReader.open(`${scene.url}/api/v1/events?ticket=${ticket}`, {});
    readers.push(reader);
    await reader.next();
    expect((await scene.ask('GET', `/api/v1/events?ticket=${ticket}`)).status, 'a second time').to.equal(401);
    clock.advance(60_000);
    await reader.ended;
  });

  it('lets go of the feed when the client goes', async () => {
    const reader = await open();
    await reader.next();
    expect(following).to.equal(1);
    reader.close();
    await until(() => following === 0);
    await until(() => clock.pending === 0);
  });

  it('follows nothing for a client that has gone while it was asked who it is', async () => {
    let letIn!: () => void;
    const { verifier } = scene;
    const verify = verifier.verify.bind(verifier);
    let waiting = false;
    verifier.verify = async (token) => {
      waiting = true;
      await new Promise<void>((resolve) => { letIn = resolve; });
      return verify(token);
    };
    const sockets = openSockets();
    const client = httpRequest(`${scene.url}/api/v1/events`, { agent: false, headers: { authorization: `Bearer ${scene.token('viewer')}` } }).on('error', () => undefined);
    client.end();
    await until(() => waiting);
    client.destroy();
    await until(() => openSockets() === sockets);
    letIn();
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
    expect({ following, timers: clock.pending }).to.deep.equal({ following: 0, timers: 0 });
  });

  it('cuts a client that does not take what it is told, and keeps no more for it than that', async () => {
    const reader = await open();
    await reader.next();
    reader.pause();
    const event = said('x'.repeat(64 * 1024));
    // What the kernel takes for the client comes on top of what we keep: megabytes on the loopback.
    for (let sent = 0; following === 1; sent += 1) {
      happen(event);
      await new Promise((resolve) => { setImmediate(resolve); });
      if (sent * 64 * 1024 > 64 * WAITING_BYTES_MAX) throw new Error('a client that takes nothing is not cut');
    }
    reader.resume();
    await reader.ended;
  });

  it('answers HEAD without following anything', async () => {
    const { status, headers } = await scene.ask('HEAD', '/api/v1/events', { token: scene.token('viewer') });
    expect({ status, type: headers.get('content-type') }).to.deep.equal({ status: 200, type: 'text/event-stream; charset=utf-8' });
    expect(following).to.equal(0);
  });

  it('refuses what cannot be meant', async () => {
    for (const query of ['callId=1', 'family=weather', 'family=call&family=stt', 'callId=%00', 'since=yesterday']) {
      expect((await scene.ask('GET', `/api/v1/events?${query}`, { token: scene.token('viewer') })).status, query).to.equal(400);
    }
    expect((await scene.ask('GET', '/api/v1/events', { token: scene.token('viewer'), headers: { 'last-event-id': 'x'.repeat(129) } })).status).to.equal(400);
    expect(following).to.equal(0);
  });
});

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}
