import { deadline } from '../../../application/lifecycle/deadline.js';
import { orAborted } from '../../../application/lifecycle/or-aborted.js';
import { type AddressedOrder, type CallOrders, orderDeadlineMs } from '../../../application/ports/call-orders.js';
import type { Cancel, Clock } from '../../../application/ports/clock.js';
import type { IdSource } from '../../../application/ports/id-source.js';
import type { Logger } from '../../../application/ports/logger.js';
import { PortError, isPortError } from '../../../application/ports/port-error.js';
import type { OrderOutcome } from '../../../domain/call/call-order.js';
import { type OrderAnswer, type OrderQuestion, decodeAnswer, decodeQuestion, encodeMessage } from './order-codec.js';
import type { RedisConnection, RedisScript } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisSubscriber } from './redis-subscriber.js';

const PORT = 'call-orders';
/** Orders on their way at one time, and as many that are carried out. Past it: `call-orders/busy`, and `failed`. */
const UNDER_WAY_MAX = 200;

/** Answers how many heard it. KEYS 1 channel. ARGV 1 message. */
const SEND: RedisScript = { name: 'send-message', lua: `return redis.call('PUBLISH', KEYS[1], ARGV[1])` };

type Handler = (addressed: AddressedOrder) => Promise<OrderOutcome>;

export interface RedisCallOrdersOptions {
  /** Both stay the opener's to close. */
  readonly connection: RedisConnection;
  readonly subscriber: RedisSubscriber;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
}

interface Waiting {
  /** How many heard the order; null: not known yet. */
  heardBy: number | null;
  /** Of them, those who said that they do not have the call. */
  notLive: number;
  readonly answer: (outcome: OrderOutcome) => void;
}

/**
 * Orders between nodes by channels of Redis: one for the orders of each node, one for the answers to each process. Orders for a
 * node that is served here take no such way.
 */
export class RedisCallOrders implements CallOrders {
  private readonly handlers = new Map<string, Handler>();
  private readonly waiting = new Map<string, Waiting>();
  private readonly answerTo: string;
  private readonly stopHearing: Cancel;
  private readonly hears: Promise<void>;
  private underWay = 0;
  private carriedOut = 0;

  constructor(private readonly options: RedisCallOrdersOptions) {
    const { subscriber, keys, ids } = options;
    this.answerTo = keys.answersPrefix + ids.next();
    let standing = (): void => undefined;
    this.hears = new Promise((resolve) => { standing = resolve; });
    this.stopHearing = subscriber.listen(this.answerTo, { onMessage: (text) => { this.hear(text); }, onStanding: standing });
  }

  async issue(node: string, addressed: AddressedOrder, signal: AbortSignal): Promise<OrderOutcome> {
    if (this.underWay >= UNDER_WAY_MAX) throw new PortError('too many orders are under way', { code: `${PORT}/busy`, kind: 'rate-limited' });
    this.underWay += 1;
    const limit = deadline(this.options.clock, orderDeadlineMs(addressed), signal);
    const question = { id: this.options.ids.next(), answerTo: this.answerTo, ...addressed };
    try {
      limit.signal.throwIfAborted();
      const handler = this.handlers.get(node);
      return await orAborted(handler === undefined ? this.ask(node, question, limit.signal) : obeyed(handler, question), limit.signal);
    } catch (cause) {
      if (limit.expired) throw new PortError('the order was not answered in time', { code: `${PORT}/unreachable`, kind: 'unavailable', retryable: false, cause });
      if (signal.aborted) throw new PortError('the request was aborted', { code: `${PORT}/aborted`, kind: 'timeout', retryable: false });
      if (isPortError(cause) && cause.code === `${PORT}/unreachable`) throw cause;
      throw new PortError('the order could not be sent', { code: `${PORT}/unreachable`, kind: 'unavailable', retryable: false, cause });
    } finally {
      limit.clear();
      this.waiting.delete(question.id);
      this.underWay -= 1;
    }
  }

  serve(node: string, handler: Handler): Cancel {
    this.handlers.set(node, handler);
    const stop = this.options.subscriber.listen(this.options.keys.ordersPrefix + node, {
      onMessage: (text) => { void this.carryOut(node, text); }, onStanding: () => undefined,
    });
    return () => {
      if (this.handlers.get(node) === handler) this.handlers.delete(node);
      stop();
    };
  }

  close(): Promise<void> {
    this.handlers.clear();
    this.stopHearing();
    return Promise.resolve();
  }

  private async ask(node: string, question: OrderQuestion, signal: AbortSignal): Promise<OrderOutcome> {
    await orAborted(this.hears, signal); // else the answer would be missed
    const answered = new Promise<OrderOutcome>((resolve) => {
      this.waiting.set(question.id, { heardBy: null, notLive: 0, answer: resolve });
    });
    const heardBy = await this.send(this.options.keys.ordersPrefix + node, question, signal);
    if (heardBy === 0) throw new PortError('nobody takes orders for that node', { code: `${PORT}/unreachable`, kind: 'unavailable' });
    const waiting = this.waiting.get(question.id);
    if (waiting !== undefined) {
      waiting.heardBy = heardBy;
      settle(waiting);
    }
    return answered;
  }

  /** While a process follows another under the same name, both hear the order, and one of them has the call. */
  private hear(text: string): void {
    const answer = decodeAnswer(text);
    const waiting = answer === null ? undefined : this.waiting.get(answer.id);
    if (answer === null || waiting === undefined) return;
    if (answer.outcome !== 'not-live') { waiting.answer(answer.outcome); return; }
    waiting.notLive += 1;
    settle(waiting);
  }

  private async carryOut(node: string, text: string): Promise<void> {
    const question = decodeQuestion(text);
    const handler = this.handlers.get(node);
    if (question === null || handler === undefined) return;
    const outcome = this.carriedOut < UNDER_WAY_MAX ? await this.counted(handler, question) : 'failed';
    const answer: OrderAnswer = { id: question.id, outcome };
    try {
      await this.send(question.answerTo, answer, new AbortController().signal);
    } catch (error) {
      this.options.logger.warn('an order was carried out, but whoever gave it was not told', { callId: question.callId, outcome }, error);
    }
  }

  private async counted(handler: Handler, addressed: AddressedOrder): Promise<OrderOutcome> {
    this.carriedOut += 1;
    try {
      return await obeyed(handler, addressed);
    } finally {
      this.carriedOut -= 1;
    }
  }

  private async send(channel: string, message: OrderQuestion | OrderAnswer, signal: AbortSignal): Promise<number> {
    return Number(await this.options.connection.run({ port: PORT, script: SEND, keys: [channel], args: [encodeMessage(message)], signal }));
  }
}

/** Answers come by another connection than the number of those who will answer, perhaps before it. */
function settle({ heardBy, notLive, answer }: Waiting): void {
  if (heardBy !== null && notLive >= heardBy) answer('not-live');
}

async function obeyed(handler: Handler, addressed: AddressedOrder): Promise<OrderOutcome> {
  try {
    return await handler(addressed.callId === null ? { callId: null, order: addressed.order } : { callId: addressed.callId, order: addressed.order });
  } catch {
    return 'failed'; // the port says so; the handler tells operators
  }
}
