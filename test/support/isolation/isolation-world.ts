import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { JwksKeyRing } from '../../../src/adapters/identity/jwks-key-ring.js';
import { JwtTokenVerifier } from '../../../src/adapters/identity/jwt-token-verifier.js';
import { API_PREFIX } from '../../../src/adapters/http/api/api-prefix.js';
import type { Operation } from '../../../src/adapters/http/api/operation.js';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import type { Application } from '../../../src/application/application.js';
import type { Role } from '../../../src/domain/access/identity.js';
import { tenantId } from '../../../src/domain/shared/ids.js';
import { FakeApplication } from '../fakes/fake-application.js';
import { RecordingMetrics } from '../fakes/recording-metrics.js';
import { silentLogger } from '../fakes/silent-logger.js';
import { ApiScene } from '../servers/api-scene.js';
import { JwksServer } from '../servers/jwks-server.js';
import { RULES, someClaims } from '../tokens/claims.js';
import { TestKey } from '../tokens/test-key.js';
import { type Happen, happenToBoth, OWN_MARK, seedTwoTenants } from './two-tenants.js';

/** How often a stream is given something to show, until it shows it. */
const HAPPEN_EVERY_MS = 20;
/** A stream that has not shown it by then shows nothing. */
const MARK_MS_MAX = 3000;
/** So long a stream of things that are not there is listened to. */
const SILENCE_MS = 300;

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string | undefined;
  /** Read until the own tenant's mark has come by. */
  readonly stream: boolean;
  /** Nothing is expected to come by. */
  readonly silent?: boolean;
}

export interface Got {
  readonly status: number;
  /** All of it but what differs from request to request. */
  readonly told: string;
  /** All of it, to be searched. */
  readonly all: string;
  /** What the facade was asked, arguments and all. */
  readonly asked: readonly string[];
}

export interface IsolationWorldOptions {
  readonly operations: readonly Operation[];
  readonly happen?: Happen;
}

/** A real API server with real tokens before a facade with two tenants. */
export class IsolationWorld {
  private readonly application = new FakeApplication();
  private readonly key = TestKey.ec('key-1');
  private readonly stranger = TestKey.ec('key-1');
  private asked: string[] = [];
  private sent = 0;

  private constructor(private readonly options: IsolationWorldOptions, private readonly jwks: JwksServer, private scene: ApiScene | null = null) {}

  static async open(options: IsolationWorldOptions): Promise<IsolationWorld> {
    const jwks = await JwksServer.start();
    const world = new IsolationWorld(options, jwks);
    jwks.keys = [world.key];
    const clock = new SystemClock({ onFault: (fault) => { throw fault as Error; } });
    const keys = new JwksKeyRing({ url: jwks.url, clock, logger: silentLogger, metrics: new RecordingMetrics() });
    const verifier = new JwtTokenVerifier({ keys, rules: RULES, clock, metrics: new RecordingMetrics() });
    world.scene = new ApiScene({ verifier, operations: options.operations, application: world.watched() });
    await world.scene.open();
    return world;
  }

  async close(): Promise<void> {
    await this.scene?.close();
    await this.jwks.stop();
  }

  token(role: Role, tenant: string | null, kind: 'good' | 'forged' | 'expired' = 'good'): string {
    const now = Math.floor(Date.now() / 1000) - (kind === 'expired' ? 3600 : 0);
    const claims = someClaims(now, { role, tenant_id: role === 'platform' ? undefined : tenant });
    return (kind === 'forged' ? this.stranger : this.key).token(claims);
  }

  ticket(role: Role, tenant: string): Promise<string> {
    if (this.scene === null) throw new Error('not open');
    return this.scene.tickets.issue({ subject: 'browser', role, tenantId: role === 'platform' ? null : tenantId(tenant), expiresAt: '2099-01-01T00:00:00.000Z' }, new AbortController().signal);
  }

  /** Things are as new before each request. */
  async send({ method, path, query, headers: more, body, token, stream, silent = false }: Sent): Promise<Got> {
    seedTwoTenants(this.application);
    this.asked = [];
    const url = `${this.scene?.url ?? ''}${API_PREFIX}${path}?${new URLSearchParams(query).toString()}`;
    const request = httpRequest(url, {
      method, agent: false,
      headers: {
        ...more, connection: 'close', 'idempotency-key': `isolation-${this.sent += 1}`, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = await once(request, 'response') as [IncomingMessage];
    const status = response.statusCode ?? 0;
    const text = stream && status === 200 && method !== 'HEAD' ? await this.untilMark(response, silent ? SILENCE_MS : MARK_MS_MAX) : await latin1(response);
    request.destroy();
    const headers = Object.entries(response.headers).filter(([name]) => !['date', 'x-request-id', 'connection', 'keep-alive'].includes(name));
    const told = JSON.stringify([status, headers, text.replace(/"requestId":"[^"]*"/u, '')]);
    return { status, told, all: `${JSON.stringify(response.headers)}\n${text}`, asked: this.asked };
  }

  private async untilMark(response: IncomingMessage, msMax: number): Promise<string> {
    const giveUp = setTimeout(() => { response.destroy(); }, msMax);
    const happen = setInterval(() => { (this.options.happen ?? happenToBoth)(this.application); }, HAPPEN_EVERY_MS);
    try {
      return await latin1(response, OWN_MARK);
    } finally {
      clearTimeout(giveUp);
      clearInterval(happen);
    }
  }

  /** The facade, with every question to it written down. */
  private watched(): Application {
    const watch = <Facade extends object>(facade: Facade): Facade => new Proxy(facade, {
      get: (target, name, receiver): unknown => {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          this.asked.push(`${String(name)} ${JSON.stringify(args.filter((arg) => !(arg instanceof AbortSignal)))}`);
          return Reflect.apply(member as (...given: unknown[]) => unknown, target, args);
        };
      },
    });
    return { queries: watch(this.application.queries), commands: watch(this.application.commands) };
  }
}

/** All of it, or as far as `mark`; what was read when it was cut counts. */
async function latin1(response: IncomingMessage, mark = ''): Promise<string> {
  let text = '';
  try {
    for await (const piece of response) {
      text += (piece as Buffer).toString('latin1');
      if (mark !== '' && text.includes(mark)) break;
    }
  } catch (error) {
    if (mark === '') throw error; // else the mark is missing, and that is told
  }
  return text;
}
