import { createRequire } from 'node:module';

const VERSION = '2.2.4';
const require = createRequire(import.meta.url);

/** The one part of kafkajs's queue of requests that matters here. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

const quieted = new WeakSet();

/**
 * kafkajs 2.2.4 looks after every request for requests that wait, and after every look it asks for the next one, 0 to 1 ms
 * later, for ever, on each connection (its issues 1751 and 1768): 3.9 % of a core for an idle producer, 0.1 % with this.
 * The look is only needed while requests wait: it is then asked for as before. Call it before the first client is made; twice does no harm.
 *
 * @throws Error when kafkajs is of another version: this reaches into its inside, and somebody must look whether it still fits.
 */
export function quietKafkajs(load: (id: string) => unknown = require): void {
  const { version } = load('kafkajs/package.json') as { readonly version?: string };
  if (version !== VERSION) {
    throw new Error(`kafkajs is ${version ?? 'of no version'}, its timer was quieted in ${VERSION}. Fix: look whether network/requestQueue still spins, then change or remove src/adapters/events/kafka/quiet-kafkajs.ts`);
  }
  const { prototype } = load('kafkajs/src/network/requestQueue/index.js') as { readonly prototype: Partial<RequestQueue> };
  const { scheduleCheckPendingRequests: schedule } = prototype;
  if (schedule === undefined) throw new Error('kafkajs has no RequestQueue.scheduleCheckPendingRequests: the package is damaged. Fix: npm ci');
  if (quieted.has(prototype)) return;
  quieted.add(prototype);
  prototype.scheduleCheckPendingRequests = function scheduleWhenNeeded(this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
