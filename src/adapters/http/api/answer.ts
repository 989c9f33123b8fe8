import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { Application } from '../../../application/application.js';
import type { Clock } from '../../../application/ports/clock.js';
import { openEventStream } from './event-stream.js';
import type { Asked, AuditFacts, Download, Operation } from './operation.js';

interface Serving {
  readonly asked: Asked<unknown, unknown, unknown>;
  readonly application: Application;
  readonly request: Request;
  readonly response: Response;
  readonly clock: Clock;
}

/** The act is done; what is left is to tell the client. */
export interface Finish {
  readonly subject: string | undefined;
  readonly audit?: AuditFacts | undefined;
  send(): void;
}

/** Carries the operation out. Schemas have made what the handler is given. */
export async function answerWith(operation: Operation, { asked, application, request, response, clock }: Serving): Promise<Finish> {
  const given = asked as Asked<Record<string, unknown>, Record<string, unknown>, undefined>;
  if (operation.answer.kind === 'events') {
    const begin = await (operation as Extract<Operation, { answer: { kind: 'events' } }>).handle(given, application);
    return { subject: undefined, send: () => { openEventStream(response, { begin, clock, expiresAt: asked.identity?.expiresAt ?? null }); } };
  }
  if (operation.answer.kind === 'download') {
    const download = await (operation as Extract<Operation, { answer: { kind: 'download' } }>).handle(given, application);
    return { subject: undefined, send: () => { void sendDownload(request, response, download); } };
  }
  if (operation.answer.kind === 'empty') {
    const { subject, audit } = await (operation as Extract<Operation, { answer: { kind: 'empty' } }>).handle(given, application);
    return { subject, audit, send: () => { response.status(204).end(); } };
  }
  const { body, location, subject, version, audit } = await (operation as Extract<Operation, { answer: { kind: 'json' } }>).handle(given, application);
  return {
    subject, audit,
    send: () => {
      if (version !== undefined) response.set('ETag', `"${version}"`);
      if (location !== undefined) response.location(location);
      response.status(operation.answer.status).json(body);
    },
  };
}

/** One range is enough for a player that seeks. */
async function sendDownload(request: Request, response: Response, download: Download): Promise<void> {
  const { mediaType, fileName, lengthBytes } = download;
  const asked = request.get('range');
  const range = asked === undefined ? { first: 0, last: lengthBytes - 1 } : rangeOf(asked, lengthBytes);
  if (range === null) {
    response.status(416).set('Content-Range', `bytes */${lengthBytes}`).end();
    return;
  }
  const { first, last } = range;
  response.status(asked === undefined ? 200 : 206).set({
    'Content-Type': mediaType, 'Content-Length': String(last - first + 1), 'Accept-Ranges': 'bytes',
    'Content-Disposition': `attachment; filename="${fileName.replace(/[^\w.-]/gu, '_')}"`,
    ...(asked === undefined ? {} : { 'Content-Range': `bytes ${first}-${last}/${lengthBytes}` }),
  });
  if (request.method === 'HEAD') { response.end(); return; }
  try {
    await pipeline(Readable.from(download.read(first, last)), response);
  } catch {
    response.destroy(); // half of it is sent: only a broken connection says so
  }
}

const RANGE = /^bytes=(\d{1,15})-(\d{0,15})$/u;

/** RFC 9110 14.2. Null: it cannot be had. */
function rangeOf(header: string, lengthBytes: number): { readonly first: number; readonly last: number } | null {
  const [, from, to] = RANGE.exec(header) ?? [];
  if (from === undefined) return null;
  const first = Number(from);
  const last = to === undefined || to === '' ? lengthBytes - 1 : Math.min(lengthBytes - 1, Number(to));
  return first > last ? null : { first, last };
}
