import type { Readable } from 'node:stream';
import { PortError } from '../../../application/ports/port-error.js';

/**
 * Call it when all of an HTTP/2 answer was read. When the connection breaks after the request was sent whole, Node ends the reading of
 * its answer without an error: half of it looks like all.
 * @throws PortError when it was cut off.
 */
export function assertWhole(port: string, answer: Readable | undefined): void {
  if (answer?.readableEnded === true) return;
  throw new PortError('the connection broke in the middle of the answer', { code: `${port}/unavailable`, kind: 'unavailable' });
}
