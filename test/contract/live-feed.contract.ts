import { expect } from 'chai';
import { BACKLOG_EVENTS_MAX, BACKLOG_MS, FOLLOWER_WAITING_MAX, type FeedNotice, type FeedScope, type LiveFeed } from '../../src/application/ports/live-feed.js';
import type { DomainEvent } from '../../src/domain/shared/domain-event.js';
import { tenantId } from '../../src/domain/shared/ids.js';
import { aDomainEvent } from '../support/builders/a-domain-event.js';
import { until } from '../support/until.js';

export interface LiveFeedUnderTest {
  readonly feed: LiveFeed;
  /** A feed of another node of the same system, or the same one where there is no other. */
  readonly other: LiveFeed;
  /** Lets `ms` of the feed's time pass, without waiting for it. */
  readonly pass: (ms: number) => Promise<void>;
}

/** What was told to one follower, in short: ids of events, and the other notices by their type. */
class Notices {
  readonly all: FeedNotice[] = [];
  readonly hear = (notice: FeedNotice): void => { this.all.push(notice); };

  get short(): readonly string[] {
    return this.all.map((notice) => (notice.type === 'event' ? notice.event.id : notice.type));
  }

  get last(): string {
    const last = this.all.findLast((notice) => notice.type === 'event');
    return last?.type === 'event' ? last.position : '';
  }

  has(what: string): boolean {
    return this.short.includes(what);
  }
}

/** What every LiveFeed promises. */
export function liveFeedContract(make: () => Promise<LiveFeedUnderTest>): void {
  describe('keeps the contract of LiveFeed', () => {
    const bank = tenantId('north-bank');
    const grill = tenantId('harbour-grill');
    let feed: LiveFeed;
    let other: LiveFeed;
    let pass: (ms: number) => Promise<void>;

    beforeEach(async () => { ({ feed, other, pass } = await make()); });
    afterEach(async () => { await feed.close(); await other.close(); });

    const some = (count: number, tenant = bank): readonly DomainEvent[] => Array.from({ length: count }, (_, index) => aDomainEvent(undefined, { tenantId: tenant, sequence: index + 1 }));
    const ids = (events: readonly DomainEvent[]): readonly string[] => events.map(({ id }) => id);
    const follow = async (scope: FeedScope, after: string | null = null, by = feed): Promise<Notices & { readonly cancel: () => void }> => {
      const notices = new Notices();
      const cancel = by.follow(scope, after, notices.hear);
      await until(() => notices.has('current'));
      return Object.assign(notices, { cancel });
    };
    const told = async (notices: Notices, events: readonly DomainEvent[]): Promise<void> => { await until(() => notices.has(events.at(-1)?.id ?? '')); };

    it('tells events of a tenant as they happen, on any node, as they were and in order', async () => {
      const [here, there] = [await follow({ tenantId: bank }), await follow({ tenantId: bank }, null, other)];
      const events = some(50);
      feed.publish(events.slice(0, 30));
      feed.publish(events.slice(30));
      for (const notices of [here, there]) {
        await told(notices, events);
        expect(notices.short).to.deep.equal(['current', ...ids(events)]);
        expect(notices.all.flatMap((notice) => (notice.type === 'event' ? [notice.event] : []))).to.deep.equal(events);
      }
    });

    it('tells no tenant of another\'s, and all to those who follow all', async () => {
      const [one, all] = [await follow({ tenantId: bank }), await follow({})];
      const events = [...some(2, grill), ...some(1), ...some(1, grill), ...some(1)];
      feed.publish(events);
      await told(all, events);
      await told(one, events);
      expect(one.short).to.deep.equal(['current', ...ids(events.filter(({ tenantId: tenant }) => tenant === bank))]);
      expect(all.short).to.deep.equal(['current', ...ids(events)]);
    });

    it('tells nothing any more once it is cancelled, to others as before', async () => {
      const [gone, stays] = [await follow({ tenantId: bank }), await follow({ tenantId: bank })];
      gone.cancel();
      gone.cancel();
      const events = some(3);
      feed.publish(events);
      await told(stays, events);
      expect(gone.short).to.deep.equal(['current']);
    });

    for (const [name, scope] of [['a tenant', { tenantId: bank }], ['all', {}]] as const) {
      it(`tells who comes back what was missed, each once, of ${name}`, async () => {
        const first = await follow(scope);
        const events = some(10);
        feed.publish(events.slice(0, 4));
        await told(first, events.slice(0, 4));
        const witness = await follow(scope);
        first.cancel();
        feed.publish([...events.slice(4, 8), ...some(1, grill)]);
        await told(witness, events.slice(4, 8));
        const again = await follow(scope, first.last, other);
        feed.publish(events.slice(8));
        await told(again, events);
        expect(again.short.filter((what) => what === 'current' || ids(events).includes(what))).to.deep.equal([...ids(events.slice(4, 8)), 'current', ...ids(events.slice(8))]);
        expect(again.has('gap')).to.equal(false);
      });
    }

    it('tells a gap first when the place to go on from is too old, then what is kept', async () => {
      const first = await follow({ tenantId: bank });
      const [event] = some(1);
      feed.publish([event!]);
      await told(first, [event!]);
      const place = first.last;
      const many = some(2 * BACKLOG_EVENTS_MAX + 500);
      for (let at = 0; at < many.length; at += 100) {
        feed.publish(many.slice(at, at + 100));
        await told(first, many.slice(at, at + 100));
      }
      const again = await follow({ tenantId: bank }, place);
      const kept = again.short.slice(1, -1);
      expect(again.short[0]).to.equal('gap');
      expect(kept.length).to.be.within(BACKLOG_EVENTS_MAX * 0.9, BACKLOG_EVENTS_MAX * 1.2);
      expect(kept).to.deep.equal(ids(many).slice(-kept.length));
      expect(again.short.at(-1)).to.equal('current');
    });

    it('keeps what is missed for its time only', async () => {
      const first = await follow({ tenantId: bank });
      const events = some(2);
      for (const event of events) {
        feed.publish([event]);
        await told(first, [event]);
      }
      const places = first.all.flatMap((notice) => (notice.type === 'event' ? [notice.position] : []));
      await pass(BACKLOG_MS + 1000);
      expect((await follow({ tenantId: bank }, places[0] ?? null)).short).to.deep.equal(['gap', 'current']);
    });

    it('takes a position that never was for one that is too old', async () => {
      feed.publish(some(1));
      for (const position of ['', 'x', '0', '-', '+', '$', '99999999999999-0', `${'9'.repeat(30)}-1`, 'a.b', '1-0\r\nFLUSHALL']) {
        const notices = await follow({ tenantId: bank }, position);
        expect(notices.short[0], position).to.equal('gap');
        notices.cancel();
      }
    });

    it('waits for a follower that is slow, and tells it a gap instead of too much', async () => {
      const notices = new Notices();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => { release = resolve; });
      let busy = 0;
      feed.follow({ tenantId: bank }, null, async (notice) => {
        busy += 1;
        expect(busy, 'one at a time').to.equal(1);
        if (notice.type === 'event') await held;
        notices.hear(notice);
        busy -= 1;
      });
      await until(() => notices.has('current'));
      const quick = await follow({ tenantId: bank });
      const many = some(FOLLOWER_WAITING_MAX + 200);
      for (let at = 0; at < many.length; at += 100) {
        feed.publish(many.slice(at, at + 100));
        await told(quick, many.slice(at, at + 100));
      }
      release();
      await told(notices, many);
      const [current, first, gap, ...rest] = notices.short;
      expect([current, first, gap]).to.deep.equal(['current', many[0]!.id, 'gap']);
      expect(rest).to.deep.equal(ids(many).slice(-rest.length));
      expect(rest.length).to.be.lessThan(FOLLOWER_WAITING_MAX);
      expect(quick.has('gap')).to.equal(false);
    });

    it('lets go of a follower that throws, and of nobody else', async () => {
      let calls = 0;
      feed.follow({ tenantId: bank }, null, () => {
        calls += 1;
        throw new Error('a follower failed on purpose');
      });
      const stays = await follow({ tenantId: bank });
      const events = some(3);
      feed.publish(events);
      await told(stays, events);
      expect(calls).to.equal(1);
    });

    it('is silent once it is closed, which may happen twice', async () => {
      const notices = await follow({ tenantId: bank });
      await feed.close();
      await feed.close();
      feed.publish(some(1));
      feed.follow({ tenantId: bank }, null, notices.hear)();
      await new Promise((resolve) => { setImmediate(resolve); });
      expect(notices.short).to.deep.equal(['current']);
    });
  });
}
