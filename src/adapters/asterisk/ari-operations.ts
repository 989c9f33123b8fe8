import { connect as connectAriClient } from 'ari-client';
import { deadline } from '../../application/lifecycle/deadline.js';
import type { Clock } from '../../application/ports/clock.js';
import { PortError } from '../../application/ports/port-error.js';
import { untilAborted } from './abortable.js';
import { failureOf } from './ari-failure.js';
import type { AriHttp } from './ari-http.js';
import { carrySwaggerTraffic, dropSwaggerCredentials, issueDocumentTicket, issueTicket, TICKET_HEADER, voidTicket } from './swagger-transport.js';

type Parameters = Readonly<Record<string, string | number | boolean | Readonly<Record<string, string>>>>;
type Operation = (parameters: object) => PromiseLike<string>;
/** What `ari-client` makes of the documents. Its published types promise every operation; the Asterisk at hand may lack some. */
type Client = Readonly<Record<string, Readonly<Record<string, Operation | undefined>> | undefined>>;

export interface CallLimits {
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** ARI's operations by name, through ari-client: what they are called and how they map to HTTP is its knowledge. */
export class AriOperations {
  private constructor(private readonly client: Client, private readonly http: AriHttp) {}

  /**
   * Loads the API documents of this Asterisk.
   *
   * @throws PortError telephony/timeout, telephony/unavailable, telephony/protocol, telephony/forbidden.
   */
  static async load(http: AriHttp, clock: Clock, limits: CallLimits): Promise<AriOperations> {
    const limit = deadline(clock, limits.limitMs, limits.signal);
    const ticket = { http, what: 'load the API documents', limitMs: limits.limitMs, signal: limit.signal };
    carrySwaggerTraffic();
    const withdraw = issueDocumentTicket(ticket);
    try {
      // ari-client begins with a request of its own that has no deadline: only go there when Asterisk has just answered.
      const probe = await http.request({ method: 'GET', path: 'api-docs/resources.json', limitMs: limits.limitMs, signal: limit.signal });
      if (probe.status !== 200) throw failureOf(probe, ticket.what);
      const client = await untilAborted(connect(http.baseUrl), limit.signal);
      dropSwaggerCredentials();
      return new AriOperations(client, http);
    } catch (error) {
      throw reasonOf(error, ticket, limit.expired);
    } finally {
      withdraw();
      limit.clear();
    }
  }

  /** @returns the body of the answer, JSON text or empty. @throws PortError, as ari-failure.ts maps it. */
  async call(resource: string, name: string, parameters: Parameters, limits: CallLimits): Promise<string> {
    const what = `${resource}.${name}`;
    const operation = this.client[resource]?.[name];
    if (!operation) throw new PortError(`${what}: this Asterisk has no such operation`, { code: 'telephony/unsupported', kind: 'rejected' });
    const ticket = { http: this.http, what, ...limits };
    const id = issueTicket(ticket);
    try {
      return await operation({ ...parameters, headers: { [TICKET_HEADER]: id } });
    } catch (error) {
      throw reasonOf(error, ticket, false);
    } finally {
      voidTicket(id);
    }
  }
}

/** The credentials given to ari-client would be kept in a global of swagger-client: it gets none, AriHttp has them. */
async function connect(baseUrl: URL): Promise<Client> {
  const client: unknown = await connectAriClient(baseUrl.origin, 'unused', 'unused');
  return client as Client;
}

function reasonOf(error: unknown, ticket: { readonly what: string; readonly failure?: Error }, expired: boolean): PortError {
  if (expired) return new PortError(`${ticket.what}: no answer in time`, { code: 'telephony/timeout', kind: 'timeout' });
  const cause = ticket.failure ?? error; // ari-client's own error has lost the status
  if (cause instanceof PortError) return cause;
  return new PortError(`${ticket.what}: not understood`, { code: 'telephony/protocol', kind: 'protocol', cause });
}
