import type { Request, Response } from 'express';
import type { Application } from '../../../application/application.js';
import type { Clock } from '../../../application/ports/clock.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { TenantId } from '../../../domain/shared/ids.js';
import { beginDownload, partOf } from './download.js';
import { openEventStream, type OpenStreams } from './event-stream.js';
import type { Asked, AuditFacts, Operation } from './operation.js';

interface Serving {
  readonly asked: Asked<unknown, unknown, unknown>;
  readonly application: Application;
  readonly request: Request;
  readonly response: Response;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly streams: OpenStreams;
}

/** The act is done; what is left is to tell the client. */
export interface Finish {
  readonly subject: string | undefined;
  /** Where the request does not say it; else undefined. */
  readonly tenantId?: TenantId | undefined;
  readonly audit?: AuditFacts | undefined;
  /** Resolves when the answer has begun. Throws only while nothing is sent. */
  send(): void | Promise<void>;
}

/** Carries the operation out. Schemas have made what the handler is given. */
export async function answerWith(operation: Operation, { asked, application, request, response, clock, logger, streams }: Serving): Promise<Finish> {
  const given = asked as Asked<Record<string, unknown>, Record<string, unknown>, undefined>;
  if (operation.answer.kind === 'events') {
    const begin = await (operation as Extract<Operation, { answer: { kind: 'events' } }>).handle(given, application);
    return { subject: undefined, send: () => { openEventStream(response, { begin, clock, expiresAt: asked.identity?.expiresAt ?? null, streams }); } };
  }
  if (operation.answer.kind === 'download') {
    const download = await (operation as Extract<Operation, { answer: { kind: 'download' } }>).handle(given, application);
    const part = partOf(request, response, download.lengthBytes);
    return {
      subject: download.of?.subject, tenantId: download.of?.tenantId,
      send: () => beginDownload(response, download, { part, onFault: (error) => { logger.warn('a download broke off', { operation: operation.id }, error); } }),
    };
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
