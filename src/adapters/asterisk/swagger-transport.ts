/**
 * ari-client 2.2.0 speaks HTTP through swagger-client 2.0.26, whose transport (shred) has no deadline, never settles
 * on a refused connection, throws out of a socket callback (process crash) on a body that is not JSON, and takes the
 * credentials of whoever connected last. All its traffic passes one exported method, `SwaggerHttp.prototype.execute`:
 * we carry that traffic over AriHttp instead, so every request ends in exactly one of `on.response` and `on.error`.
 * docs/adr/0002-ari-client.md has the measurements.
 */
import { createRequire } from 'node:module';
import { isPortError } from '../../application/ports/port-error.js';
import { failureOf, notAri } from './ari-failure.js';
import type { AriHttp, AriHttpResponse } from './ari-http.js';

/** What swagger-client hands to its transport. */
interface SwaggerRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | null | undefined>>;
  readonly body?: string;
  readonly on: {
    response(answer: SwaggerAnswer): unknown;
    error(answer: SwaggerAnswer): unknown;
  };
}

interface SwaggerAnswer {
  readonly status: number;
  readonly data: string;
  readonly obj?: unknown;
  readonly statusText?: string;
}

/** One request in flight: over which connection, how long at most, and why it failed. */
export interface Ticket {
  readonly http: AriHttp;
  /** For errors: the operation, never its parameters. */
  readonly what: string;
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
  failure?: Error;
}

/** ari-client passes unknown headers of an operation on; this one finds the ticket and is not sent. */
export const TICKET_HEADER = 'x-ticket';
/** The API documents we need of the eleven; each is one request at every load. */
const RESOURCES = /\/(asterisk|applications|bridges|channels)\.\{format\}$/;

const tickets = new Map<string, Ticket>();
/** Documents are loaded without headers of ours: their ticket is found by where they come from; any loader's will do. */
const documentTickets = new Set<Ticket>();
let ticketsIssued = 0;

interface SwaggerClient {
  readonly SwaggerHttp: { readonly prototype: { execute: (request: SwaggerRequest) => void } };
  readonly authorizations: { remove(name: string): void };
}

/** The very module that ari-client uses, wherever the package manager has put it. */
const swagger = createRequire(createRequire(import.meta.url).resolve('ari-client'))('swagger-client') as SwaggerClient;

/** Makes swagger-client use our transport. Once per process; repeating it changes nothing. */
export function carrySwaggerTraffic(): void {
  swagger.SwaggerHttp.prototype.execute = (request) => { void carry(request); };
}

/** AriHttp authorizes; what ari-client has put there would be encoded for nothing, by a deprecated and slow call, at each request. */
export function dropSwaggerCredentials(): void {
  swagger.authorizations.remove('basic-auth');
}

export function issueTicket(ticket: Ticket): string {
  ticketsIssued += 1;
  const id = String(ticketsIssued);
  tickets.set(id, ticket);
  return id;
}

export function voidTicket(id: string): void {
  tickets.delete(id);
}

/** Documents of this Asterisk may be loaded by this ticket until the returned function is called. */
export function issueDocumentTicket(ticket: Ticket): () => void {
  documentTickets.add(ticket);
  return () => { documentTickets.delete(ticket); };
}

async function carry(request: SwaggerRequest): Promise<void> {
  const ticket = ticketOf(request);
  if (!ticket) return; // its caller has given up already
  try {
    deliver(request, ticket, await send(request, ticket));
  } catch (error) {
    ticket.failure ??= error instanceof Error ? error : new Error(String(error));
    report(request, { status: 0, data: '' });
  }
}

function ticketOf(request: SwaggerRequest): Ticket | undefined {
  const id = request.headers[TICKET_HEADER];
  if (id !== undefined && id !== null) return tickets.get(id);
  const { origin } = new URL(request.url);
  return [...documentTickets].find(({ http }) => http.baseUrl.origin === origin);
}

function send(request: SwaggerRequest, ticket: Ticket): Promise<AriHttpResponse> {
  return ticket.http.request({
    method: request.method.toUpperCase(),
    path: belowBase(request.url),
    limitMs: ticket.limitMs,
    signal: ticket.signal,
    ...(request.body === undefined ? {} : { body: request.body }),
  });
}

function belowBase(url: string): string {
  return url.replace(/^\w+:\/\/[^/]+\/(?:.*?\/)?ari\//, '');
}

function deliver(request: SwaggerRequest, ticket: Ticket, response: AriHttpResponse): void {
  if (response.status < 200 || response.status > 299) throw failureOf(response, ticket.what);
  const parsed = parse(response, ticket.what);
  const isDocument = /\/api-docs\/\w+\.json$/.test(request.url);
  request.on.response({ status: response.status, data: response.body, ...(isDocument ? { obj: simplified(parsed, ticket.http.baseUrl) } : {}) });
}

function parse(response: AriHttpResponse, what: string): unknown {
  if (response.body === '') return undefined;
  try {
    return JSON.parse(response.body) as unknown;
  } catch {
    throw notAri(what, response.status);
  }
}

/** swagger-client calls back and then throws as well; the callback is what counts. */
function report(request: SwaggerRequest, answer: SwaggerAnswer): void {
  try {
    request.on.error(answer);
  } catch (error) {
    if (isPortError(error)) throw error; // nothing of theirs: a bug of ours
  }
}

interface ApiDocument {
  readonly apis?: readonly { readonly path: string; readonly operations?: readonly object[] }[];
}

/**
 * Only what we call, and every answer as plain text: ari-client would otherwise build an object with a method per
 * operation for each channel of a list. Version 1.2 spares a line on the console for each load; the formats are the same here.
 * The address in the documents is what Asterisk believes to be (always http, by the Host header); we know better where it is.
 */
function simplified(document: unknown, baseUrl: URL): unknown {
  const { apis = [], ...rest } = document as ApiDocument;
  const operationsOf = (operations: readonly object[]): object[] => operations.map((operation) => ({ ...operation, responseClass: 'void', type: 'void' }));
  return {
    ...rest,
    basePath: baseUrl.href.replace(/\/$/, ''),
    swaggerVersion: '1.2',
    models: {},
    apis: apis
      .filter((api) => api.operations !== undefined || RESOURCES.test(api.path))
      .map((api) => (api.operations === undefined ? api : { ...api, operations: operationsOf(api.operations) })),
  };
}
