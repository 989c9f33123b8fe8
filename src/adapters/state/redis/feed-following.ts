import { z } from 'zod';
import { Mailbox } from '../../../application/lifecycle/mailbox.js';
import type { Cancel, Clock } from '../../../application/ports/clock.js';
import { FOLLOWER_WAITING_MAX, type FeedNotice, type Follower } from '../../../application/ports/live-feed.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { DomainEvent } from '../../../domain/shared/domain-event.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisSubscriber } from './redis-subscriber.js';
import { READ_FEED } from './scripts/feed.js';

const RETRY_MS = 500;
const POSITION = /^\d{1,14}-\d{1,14}$/u;
/** No event has it, so that the whole stream comes after it. */
const BEFORE_ALL = '0-0';
/** In the place of an event: some are missing. */
const MISSING = '';
/** Streams are cut a little late. */
const SURPLUS = 200;
const EVENT = z.looseObject({ id: z.string(), callId: z.string(), tenantId: z.string(), sequence: z.number(), occurredAt: z.string(), atMs: z.number(), body: z.looseObject({ type: z.string() }) });

export interface FollowingPorts {
  readonly connection: RedisConnection;
  readonly subscriber: RedisSubscriber;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface FollowingOptions {
  /** Stream, and channel of the same name. */
  readonly stream: string;
  readonly eventsMax: number;
  readonly after: string | null;
  readonly follower: Follower;
  /** Also when the follower failed. */
  readonly onEnd: () => void;
}

/** One follower: what was missed is read from the stream whenever the channel stands (anew); meanwhile what comes by it is held. */
export class FeedFollowing {
  private readonly mailbox: Mailbox<FeedNotice>;
  private readonly leave: Cancel;
  private readonly reading = new AbortController();
  private cancelRetry: Cancel = () => undefined;
  /** Entries that came while the stream is read; null when it is not. */
  private held: (readonly [string, string])[] | null = [];
  /** Told last, or asked for; null: nothing yet. */
  private position: string | null;
  private current = false;
  private ended = false;

  constructor(private readonly ports: FollowingPorts, private readonly options: FollowingOptions) {
    this.position = options.after;
    this.mailbox = new Mailbox<FeedNotice>({
      receive: options.follower, waitingMax: FOLLOWER_WAITING_MAX, overflow: { type: 'gap' },
      onFault: (error) => {
        ports.logger.warn('a follower of the live feed failed and is let go', {}, error);
        this.end();
      },
    });
    this.leave = ports.subscriber.listen(options.stream, {
      onMessage: (text) => { this.take(text); },
      onStanding: () => { this.held ??= []; void this.catchUp(); },
    });
  }

  /** Idempotent. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.mailbox.close();
    this.reading.abort();
    this.cancelRetry();
    this.leave();
    this.options.onEnd();
  }

  private take(text: string): void {
    const at = text.indexOf(' ');
    const entry = [text.slice(0, at), text.slice(at + 1)] as const;
    if (this.held === null) this.mailbox.post(this.noticeOf(entry));
    else if (this.held.length < FOLLOWER_WAITING_MAX) this.held.push(entry);
    else this.held = [[entry[0], MISSING]];
  }

  private async catchUp(): Promise<void> {
    this.cancelRetry();
    try {
      const missed = await this.missed();
      if (!this.ended) this.goOn(missed);
    } catch {
      if (!this.ended) this.cancelRetry = this.ports.clock.after(RETRY_MS, () => { void this.catchUp(); });
    }
  }

  /** Whether nothing is lost before the entries, and these, oldest first. */
  private async missed(): Promise<{ readonly whole: boolean; readonly entries: readonly (readonly [string, string])[] }> {
    if (this.position === null) return { whole: !this.current, entries: [] };
    const after = POSITION.test(this.position) ? this.position : BEFORE_ALL;
    const { stream, eventsMax } = this.options;
    const args = [after, eventsMax + SURPLUS];
    const reply = await this.ports.connection.run({ port: 'live-feed', script: READ_FEED, keys: [stream], args, signal: this.reading.signal });
    const [known, newest] = reply as readonly [number, readonly (readonly [string, readonly string[]])[]];
    return { whole: known === 1 && newest.length < eventsMax + SURPLUS, entries: newest.map(([id, fields]) => [id, fields[1] ?? MISSING] as const).reverse() };
  }

  private goOn({ whole, entries }: { readonly whole: boolean; readonly entries: readonly (readonly [string, string])[] }): void {
    const last = entries.at(-1)?.[0] ?? (whole ? this.position : null) ?? BEFORE_ALL;
    const since = (this.held ?? []).filter(([id]) => isAfter(id, last));
    this.held = null;
    const notices = [...entries, ...since].map((entry) => this.noticeOf(entry));
    if (!whole) notices.unshift({ type: 'gap' });
    if (!this.current) notices.splice(notices.length - since.length, 0, { type: 'current' });
    this.current = true;
    this.mailbox.postAll(notices);
  }

  private noticeOf([id, json]: readonly [string, string]): FeedNotice {
    this.position = id;
    if (json === MISSING) return { type: 'gap' };
    try {
      return { type: 'event', position: id, event: EVENT.parse(JSON.parse(json)) as unknown as DomainEvent };
    } catch {
      return { type: 'gap' }; // what another version of this program told
    }
  }
}

function isAfter(id: string, other: string): boolean {
  const [ms = 0, part = 0] = id.split('-').map(Number);
  const [otherMs = 0, otherPart = 0] = other.split('-').map(Number);
  return ms !== otherMs ? ms > otherMs : part > otherPart;
}
