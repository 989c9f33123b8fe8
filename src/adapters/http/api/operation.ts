import type { z } from 'zod';
import type { Application } from '../../../application/application.js';
import type { AuditEntry } from '../../../application/ports/audit-trail.js';
import type { Cancel } from '../../../application/ports/clock.js';
import type { Identity, Permission } from '../../../domain/access/identity.js';
import type { TenantId } from '../../../domain/shared/ids.js';
import type { ProblemCode } from '../problem.js';

/** Chapters of the document. */
export const TAGS = {
  Calls: 'Live and past calls, and what may be asked of live ones.',
  Recordings: 'What was recorded, with consent.',
  Tenants: 'Tenants and their agents.',
  Live: 'What happens, as it happens.',
  Privacy: 'Forgetting people.',
  Audit: 'Who did what.',
  About: 'This API.',
} as const;

type Shape = z.ZodObject;
type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type Input<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined;

/** What an operation is given: checked, and whose it is already decided. */
export interface Asked<Params, Query, Body> {
  /** Null where no token is needed. */
  readonly identity: Identity | null;
  /** Whose things are asked for, of operations with scope `tenant`. */
  readonly tenantId: TenantId;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** When it was asked: wall time, ISO 8601 UTC. */
  readonly at: string;
  /** Idempotency-Key, where it was given. */
  readonly idempotencyKey: string | null;
  /** Which version the client has seen, of operations that are `conditional`; `absent`: there was nothing. */
  readonly expected: { readonly version: string } | 'absent' | null;
  /** Last-Event-ID of a stream that is taken up again. */
  readonly lastEventId: string | null;
  /** Aborted when the client has gone or the request takes too long. */
  readonly signal: AbortSignal;
}

/** What more the audit trail keeps. */
export interface AuditFacts {
  readonly change: NonNullable<AuditEntry['change']>;
}

export interface Reply<Answer> {
  readonly body: Answer;
  /** Path of what came to be. */
  readonly location?: string;
  /** Version of what is answered, for its ETag. */
  readonly version?: string;
  readonly audit?: AuditFacts;
  /** Who or what it was done to, for the audit trail; by default the last parameter of the path. */
  readonly subject?: string;
}

/** Where an operation puts what happens. */
export interface EventSink {
  /** Without an id the client keeps the one it has. False: the client has gone, or was too slow and is cut. */
  send(event: { readonly id: string | null; readonly type: string; readonly data: unknown }): boolean;
  /** This one is not for the client, who after a break need not be told what came before it: said with the next heartbeat. */
  pass(id: string): void;
  end(): void;
}

export interface Download {
  readonly mediaType: string;
  readonly fileName: string;
  readonly lengthBytes: number;
  /** What it is and whose, for the audit trail: a link says neither. */
  readonly of?: { readonly subject: string; readonly tenantId: TenantId };
  /** Bytes from `first` to `last`, both included. */
  read(first: number, last: number): AsyncIterable<Uint8Array>;
}

/** How an operation answers when all is well. */
export type AnswerShape<Schema extends z.ZodType | null> =
  | { readonly kind: 'json'; readonly status: 200 | 201 | 202; readonly doc: string; readonly schema: Schema }
  | { readonly kind: 'empty'; readonly status: 204; readonly doc: string }
  | { readonly kind: 'events'; readonly status: 200; readonly doc: string }
  | { readonly kind: 'download'; readonly status: 200; readonly doc: string; readonly mediaType: string };

interface Common<P extends Shape, Q extends Shape, B extends z.ZodType | null> {
  /** operationId: a verb and a noun, in camelCase. Also the act in the audit trail. */
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Below /api/v1, parameters in braces. */
  readonly path: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description?: string;
  /** `public` needs no token; `ticket` takes a token or a ticket in the query. */
  readonly permission: Permission | 'public';
  readonly takesTicket?: true;
  /** Only with If-Match or If-None-Match: what somebody else has changed meanwhile is never lost. */
  readonly conditional?: true;
  /** `tenant`: of one tenant, that of the token or, for `platform`, the one named. `none`: nobody's. */
  readonly scope: 'tenant' | 'none';
  /** Kept in the audit trail. All that change something have to; test/architecture looks. */
  readonly audited: boolean;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** What may be wrong, beside what every operation may answer. */
  readonly problems: readonly ProblemCode[];
  /** Example values of the path's parameters and the body: the document shows them, the isolation test sends them. */
  readonly example: { readonly params?: Readonly<Record<string, string>>; readonly query?: Readonly<Record<string, string>>; readonly body?: Input<B>; readonly headers?: Readonly<Record<string, string>> };
}

type Handler<P extends Shape, Q extends Shape, B extends z.ZodType | null, Result> =
  (asked: Asked<z.output<P>, z.output<Q>, Output<B>>, application: Application) => Promise<Result>;

export interface JsonOperation<P extends Shape, Q extends Shape, B extends z.ZodType | null, A extends z.ZodType> extends Common<P, Q, B> {
  readonly answer: { readonly kind: 'json'; readonly status: 200 | 201 | 202; readonly doc: string; readonly schema: A };
  readonly handle: Handler<P, Q, B, Reply<z.input<A>>>;
}
export interface EmptyOperation<P extends Shape, Q extends Shape, B extends z.ZodType | null> extends Common<P, Q, B> {
  readonly answer: { readonly kind: 'empty'; readonly status: 204; readonly doc: string };
  readonly handle: Handler<P, Q, B, Pick<Reply<null>, 'subject' | 'audit'>>;
}
export interface EventsOperation<P extends Shape, Q extends Shape> extends Common<P, Q, null> {
  readonly answer: { readonly kind: 'events'; readonly status: 200; readonly doc: string };
  /** Resolves to what begins the stream; what that returns ends it. */
  readonly handle: Handler<P, Q, null, (sink: EventSink) => Cancel>;
}
export interface DownloadOperation<P extends Shape, Q extends Shape> extends Common<P, Q, null> {
  readonly answer: { readonly kind: 'download'; readonly status: 200; readonly doc: string; readonly mediaType: string };
  readonly handle: Handler<P, Q, null, Download>;
}

/** An operation whose exact types are of no interest any more: its handler is only called with what its own schemas made. */
export type Operation =
  | JsonOperation<Shape, Shape, z.ZodType | null, z.ZodType> | EmptyOperation<Shape, Shape, z.ZodType | null>
  | EventsOperation<Shape, Shape> | DownloadOperation<Shape, Shape>;

/* One function per kind, so that the compiler holds a handler to its own schemas. */
export function jsonOperation<P extends Shape, Q extends Shape, B extends z.ZodType | null, A extends z.ZodType>(operation: JsonOperation<P, Q, B, A>): Operation {
  return operation;
}
export function emptyOperation<P extends Shape, Q extends Shape, B extends z.ZodType | null>(operation: EmptyOperation<P, Q, B>): Operation {
  return operation;
}
export function eventsOperation<P extends Shape, Q extends Shape>(operation: EventsOperation<P, Q>): Operation {
  return operation;
}
export function downloadOperation<P extends Shape, Q extends Shape>(operation: DownloadOperation<P, Q>): Operation {
  return operation;
}
