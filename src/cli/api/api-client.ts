/** Answers in whole take this long at most; streams go on. */
const ANSWER_MS_MAX = 15_000;
/** What a stream may hold back before an event is complete. */
const EVENT_CHARACTERS_MAX = 1024 * 1024;

/** The API said no, or nothing. The message is for the person at the terminal and says what to do. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';

  /** @param mayPass nobody answered, or not now: asked again it may be answered. */
  constructor(message: string, readonly mayPass = false) {
    super(message);
  }
}

interface ProblemBody {
  readonly title?: string;
  readonly detail?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly requestId?: string;
  readonly faults?: readonly { readonly at: string; readonly message: string }[];
}

export interface StreamedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

interface Request {
  readonly query?: QueryValues;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export type QueryValues = Readonly<Record<string, string | number | undefined>>;

/** The management API as the command line speaks to it. */
export class ApiClient {
  constructor(private readonly base: string, private readonly token: string, private readonly tenant: string | null) {}

  async read(path: string, query: QueryValues = {}): Promise<unknown> {
    return bodyOf(await this.ask('GET', path, { query }));
  }

  /** With its version, to be given back by `If-Match` of `act`. */
  async readVersion(path: string): Promise<{ readonly body: unknown; readonly etag: string }> {
    const answer = await this.ask('GET', path, {});
    return { body: await answer.json(), etag: answer.headers.get('etag') ?? '' };
  }

  /** Resolves to the body of the answer; null when there is none. */
  async act(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const answer = await this.ask(method, path, { body, headers });
    return answer.status === 204 ? null : bodyOf(answer);
  }

  /** Events until the server ends the stream or `signal` aborts. One without type only tells how far we have come (its id). */
  async * events(path: string, { query = {}, after = null, signal }: { readonly query?: QueryValues; readonly after?: string | null; readonly signal: AbortSignal }): AsyncGenerator<StreamedEvent> {
    const answer = await this.ask('GET', path, { query, headers: { accept: 'text/event-stream', ...(after === null ? {} : { 'last-event-id': after }) }, signal });
    let waiting = '';
    const decoder = new TextDecoder();
    if (answer.headers.get('content-type')?.startsWith('text/event-stream') !== true) throw notOurs(answer);
    for await (const bytes of unbroken((answer.body ?? []) as AsyncIterable<Uint8Array>)) {
      waiting += decoder.decode(bytes, { stream: true });
      const parts = waiting.split('\n\n');
      waiting = parts.pop() ?? '';
      if (waiting.length > EVENT_CHARACTERS_MAX) throw new ApiFailure('The stream holds something that is no event.');
      for (const part of parts) {
        const event = eventIn(part);
        if (event !== null) yield event;
      }
    }
  }

  private async ask(method: string, path: string, request: Request): Promise<Response> {
    const { body, headers = {}, signal = AbortSignal.timeout(ANSWER_MS_MAX) } = request;
    const url = this.urlOf(path, request.query ?? {});
    let answer: Response;
    try {
      answer = await fetch(url, {
        method, signal,
        headers: { authorization: `Bearer ${this.token}`, connection: 'close', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new ApiFailure(`No management API answers at ${url.origin}.\n  fix: give its address with --url, as api.host and api.port say; is the API on (api.jwksUrl or api.development)?`, true);
    }
    if (!answer.ok) throw await failureOf(answer, this.token);
    return answer;
  }

  private urlOf(path: string, query: QueryValues): URL {
    const url = new URL(`/api/v1${path}`, this.base);
    for (const [name, value] of Object.entries<string | number | undefined>({ tenant: this.tenant ?? undefined, ...query })) if (value !== undefined) url.searchParams.set(name, String(value));
    return url;
  }
}

/** One block of a stream (WHATWG HTML 9.2.6), as our server writes it; null for comments. */
function eventIn(block: string): StreamedEvent | null {
  const fields = new Map(block.split('\n').filter((line) => !line.startsWith(':')).map((line) => {
    const [name = '', ...rest] = line.split(': ');
    return [name, rest.join(': ')] as const;
  }));
  const data = fields.get('data');
  const id = fields.get('id') ?? '';
  if (data === undefined) return id === '' ? null : { id, type: '', data: null };
  return { id, type: fields.get('event') ?? 'message', data: JSON.parse(data) as unknown };
}

/** A connection that breaks is not the command's fault, and no stack helps. */
async function *unbroken(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch {
    throw new ApiFailure('The stream broke off.', true);
  }
}

async function bodyOf(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    throw notOurs(answer);
  }
}

function notOurs({ url }: Response): ApiFailure {
  return new ApiFailure(`What answers at ${new URL(url).origin} is not the management API.\n  fix: give its address with --url, as api.host and api.port say`);
}

async function failureOf(answer: Response, token: string): Promise<ApiFailure> {
  const problem = await answer.json().catch(() => ({})) as ProblemBody;
  if (answer.status === 404 && problem.requestId === undefined) return notOurs(answer); // all that the API says no to has a number
  const lines = [`${problem.title ?? `The API answered ${answer.status}.`}${problem.reason === undefined ? '' : ` (${problem.reason})`}`];
  if (problem.detail !== undefined) lines.push(`  ${problem.detail}`);
  for (const { at, message } of problem.faults ?? []) lines.push(`  ${at}: ${message}`);
  const retryAfter = answer.headers.get('retry-after');
  if (retryAfter !== null) lines.push(`  try again in ${retryAfter} s`);
  if (answer.status === 401) lines.push(...expiry(token), '  fix: a token in VOICE_GATEWAY_TOKEN or --token-file; for development: voice-gateway token');
  if (problem.requestId !== undefined) lines.push(`  request ${problem.requestId}`);
  return new ApiFailure(lines.join('\n'), answer.status === 429 || answer.status >= 500);
}

/** What the API tells nobody, the owner of the token may read in it. Nothing when it is none, or still good. */
function expiry(token: string): readonly string[] {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { readonly exp?: unknown };
    return typeof exp === 'number' && exp * 1000 < Date.now() ? [`  the token ran out at ${new Date(exp * 1000).toISOString()}`] : [];
  } catch {
    return [];
  }
}
