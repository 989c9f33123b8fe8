import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { Problem } from '../problem.js';
import type { Download } from './operation.js';

/** Bytes that are sent, both included. */
interface Part {
  readonly first: number;
  readonly last: number;
}

interface Sending {
  /** Null: all of it. */
  readonly part: Part | null;
  /** It broke off when part of it was sent. */
  readonly onFault: (error: unknown) => void;
}

/** Players go when they seek: no fault. */
const CLIENT_GONE: ReadonlySet<unknown> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE', 'ERR_STREAM_DESTROYED']);
const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/u;

/**
 * What of the download is asked for (RFC 9110 14.2); null: all of it, also when it is asked for in a way that we need not know:
 * other units, several ranges at once, a range of a version (`If-Range`: there are no versions).
 *
 * @throws Problem `range-not-satisfiable`.
 */
export function partOf(request: Request, response: Response, lengthBytes: number): Part | null {
  const header = request.method === 'GET' && request.get('if-range') === undefined ? request.get('range') : undefined;
  const part = header === undefined ? null : rangeOf(header, lengthBytes);
  if (part === null) return null;
  if (part.first >= lengthBytes) {
    response.set('Content-Range', `bytes */${lengthBytes}`);
    throw new Problem('range-not-satisfiable');
  }
  return { first: part.first, last: Math.min(part.last, lengthBytes - 1) };
}

function rangeOf(header: string, lengthBytes: number): Part | null {
  const [, from = '', to = ''] = RANGE.exec(header) ?? [];
  if (from === '') return to === '' ? null : { first: Math.max(0, lengthBytes - Number(to)), last: lengthBytes - 1 };
  const [first, last] = [Number(from), to === '' ? Infinity : Number(to)];
  return last < first ? null : { first, last };
}

/** Resolves when the first bytes are there and sent: what cannot be read at all is thrown while another answer is possible. */
export async function beginDownload(response: Response, download: Download, { part, onFault }: Sending): Promise<void> {
  const { mediaType, fileName, lengthBytes } = download;
  const { first, last } = part ?? { first: 0, last: lengthBytes - 1 };
  const sends = response.req.method !== 'HEAD' && lengthBytes > 0;
  const bytes = sends ? download.read(first, last)[Symbol.asyncIterator]() : null;
  const opening = await bytes?.next();
  response.status(part === null ? 200 : 206).set({
    'Content-Type': mediaType, 'Content-Length': String(last - first + 1), 'Accept-Ranges': 'bytes',
    'Content-Disposition': `attachment; filename="${fileName.replace(/[^\w.-]/gu, '_')}"`,
    ...(part === null ? {} : { 'Content-Range': `bytes ${first}-${last}/${lengthBytes}` }),
  });
  if (bytes === null || opening === undefined) { response.end(); return; }
  void send(response, { opening, bytes, lengthBytes: last - first + 1 }).catch(onFault);
}

interface Opened {
  readonly opening: IteratorResult<Uint8Array>;
  readonly bytes: AsyncIterator<Uint8Array>;
  /** As it was told to the client. */
  readonly lengthBytes: number;
}

async function send(response: Response, opened: Opened): Promise<void> {
  try {
    await pipeline(Readable.from(goingOn(opened)), response);
  } catch (error) {
    response.destroy(); // part of it is sent: only a broken connection says so
    if (!CLIENT_GONE.has((error as { readonly code?: unknown }).code)) throw error;
  } finally {
    await opened.bytes.return?.();
  }
}

/** Not a byte more or less than was told: the client would take the rest for the next answer, or wait for it. */
async function *goingOn({ opening, bytes, lengthBytes }: Opened): AsyncGenerator<Uint8Array, void, undefined> {
  let leftBytes = lengthBytes;
  for (let piece = opening; piece.done !== true; piece = await bytes.next()) {
    leftBytes -= piece.value.length;
    if (leftBytes < 0) break;
    yield piece.value;
  }
  if (leftBytes !== 0) throw new Error('a download is not as long as it was said to be');
}
