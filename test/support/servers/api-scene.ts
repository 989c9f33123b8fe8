import type { ApiPorts } from '../../../src/adapters/http/api/api-router.js';
import { openApiServer } from '../../../src/adapters/http/api/api-server.js';
import type { Operation } from '../../../src/adapters/http/api/operation.js';
import { Authenticator } from '../../../src/adapters/http/api/authenticator.js';
import type { HttpListener } from '../../../src/adapters/http/http-listener.js';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import { UlidSource } from '../../../src/adapters/runtime/ulid-source.js';
import type { Application } from '../../../src/application/application.js';
import { MemoryTickets } from '../../../src/adapters/state/memory/memory-tickets.js';
import type { TokenVerifier } from '../../../src/application/ports/token-verifier.js';
import type { Identity, Role } from '../../../src/domain/access/identity.js';
import { tenantId } from '../../../src/domain/shared/ids.js';
import { API_OPERATIONS } from '../../../src/adapters/http/api/api-operations.js';
import type { Clock } from '../../../src/application/ports/clock.js';
import { FakeApplication } from '../fakes/fake-application.js';
import { FakeAuditTrail } from '../fakes/fake-audit-trail.js';
import { FakeTokenVerifier } from '../fakes/fake-token-verifier.js';
import { RecordingLogger } from '../fakes/recording-logger.js';
import { RecordingMetrics } from '../fakes/recording-metrics.js';
import { expectAsDocumented } from './as-documented.js';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Null when the body is not JSON. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

const UNLIMITED: ApiPorts['limits'] = {
  byAddress: (_request, _response, next) => { next(); }, byTenant: () => [], admitLogin: () => Promise.resolve(), countFailedLogin: () => Promise.resolve(),
};

export interface ApiParts {
  readonly application?: Application;
  readonly verifier?: TokenVerifier;
  readonly limits?: ApiPorts['limits'];
  readonly trustedProxies?: readonly string[];
  readonly operations?: readonly Operation[];
  readonly clock?: Clock;
  /** By default any that is free. */
  readonly port?: number;
}

/** A real API server on a free port, with fakes behind it. */
export class ApiScene {
  readonly application = new FakeApplication();
  readonly verifier = new FakeTokenVerifier();
  readonly clock: Clock;
  private readonly systemClock = new SystemClock({ onFault: (fault) => { throw fault instanceof Error ? fault : new Error(String(fault)); } });
  readonly tickets: MemoryTickets;
  readonly audit = new FakeAuditTrail();
  readonly logger = new RecordingLogger();
  readonly metrics = new RecordingMetrics();
  private server: HttpListener | null = null;

  /** Other parts than the fakes. */
  constructor(private readonly parts: ApiParts = {}) {
    this.clock = parts.clock ?? this.systemClock;
    this.tickets = new MemoryTickets(this.clock);
  }

  async open(): Promise<void> {
    const { clock } = this;
    this.server = await openApiServer({
      host: '127.0.0.1', port: this.parts.port ?? 0, clock, ids: new UlidSource(), logger: this.logger, metrics: this.metrics, application: this.parts.application ?? this.application,
      authenticator: new Authenticator(this.parts.verifier ?? this.verifier, this.tickets), audit: this.audit,
      limits: this.parts.limits ?? UNLIMITED, trustedProxies: this.parts.trustedProxies ?? [],
      ...(this.parts.operations === undefined ? {} : { operations: this.parts.operations }),
    }, new AbortController().signal);
  }

  async close(): Promise<void> {
    await this.server?.close();
  }

  get url(): string {
    return this.server?.url ?? '';
  }

  /** A token for somebody with that role. */
  token(role: Role, tenant: string | null = role === 'platform' ? null : 'north-bank'): string {
    const token = `token-${role}-${tenant ?? 'all'}`;
    const identity: Identity = { subject: `${role}@example.com`, role, tenantId: tenant === null ? null : tenantId(tenant), expiresAt: '2099-01-01T00:00:00.000Z' };
    this.verifier.identities.set(token, identity);
    return token;
  }

  /** `Connection: close`, so that fetch keeps no socket past the test. Whatever is answered is held to the document of the API. */
  async ask(method: string, path: string, { token, body, headers = {}, signal }: { readonly token?: string; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {}): Promise<ApiAnswer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        connection: 'close', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers,
      },
      ...(signal === undefined ? {} : { signal }),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text !== '' && response.headers.get('content-type')?.includes('json') === true;
    const answer = { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) as Record<string, unknown> : null };
    expectAsDocumented(this.parts.operations ?? API_OPERATIONS, { method, path }, answer);
    return answer;
  }
}
