import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
/** An answer begins with its length. */
const LENGTH_BYTES = 4;

/** The part of kafkajs's connection that matters here: what it has read of answers that are not complete. */
interface Connection {
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
  connect(): Promise<boolean>;
}

const mended = new WeakSet();

/**
 * A connection of kafkajs 2.2.4 that breaks in the middle of an answer takes what it has read of it for the beginning of what
 * comes over its next socket: nothing makes sense any more, every request times out, for ever. With this it begins anew. Call it
 * after `quietKafkajs`, which sees to the version; twice does no harm.
 */
export function forgetHalfAnswers(load: (id: string) => unknown = require): void {
  const { prototype } = load('kafkajs/src/network/connection.js') as { readonly prototype: Partial<Connection> };
  const { connect } = prototype;
  if (connect === undefined) throw new Error('kafkajs has no Connection.connect: the package is damaged. Fix: npm ci');
  if (mended.has(prototype)) return;
  mended.add(prototype);
  prototype.connect = function connectAnew(this: Connection): Promise<boolean> {
    if (!this.isConnected()) {
      this.chunks = [];
      this.bytesBuffered = 0;
      this.bytesNeeded = LENGTH_BYTES;
    }
    return connect.call(this);
  };
}
