import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const S3_ACCOUNT = { region: 'eu-test-1', bucket: 'recordings', accessKeyId: 'AKLOOPBACK', secretAccessKey: 'loopback-secret', pathStyle: true } as const;
/** Keys of one page: few, so that lists have several. */
const PAGE_KEYS_MAX = 3;

/** What is done to one request. */
export type S3Fault =
  | { readonly kind: 'status'; readonly status: number; readonly code: string }
  /** Takes the request and says nothing. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Breaks the connection before the request is read. */
  | { readonly kind: 'refuse' }
  /** Does what is asked, and breaks the connection instead of answering. */
  | { readonly kind: 'lose-answer' }
  /** Breaks the connection after half of the body of its answer. */
  | { readonly kind: 'cut' };

export interface S3Request {
  readonly method: string;
  readonly key: string;
  readonly range: string | null;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** One bucket on the loopback address that speaks what is needed of the S3 protocol (API version 2006-03-01), path style. */
export class S3Server {
  readonly objects = new Map<string, Buffer>();
  readonly requests: S3Request[] = [];
  /** Requests with another key, region or service than `S3_ACCOUNT`'s, or no signature. */
  refused = 0;
  /** What happens to a request; null: all is well. */
  fault: (request: S3Request) => S3Fault | null = () => null;
  private readonly timers = new Set<NodeJS.Timeout>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<S3Server> {
    const server = createServer();
    const bucket = new S3Server(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => { bucket.serve(request, response).catch(() => { response.destroy(); }); });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return bucket;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get keys(): readonly string[] {
    return [...this.objects.keys()].sort();
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.server.closeAllConnections();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const place = this.placeOf(request);
    const told = { method: String(request.method), key: place.key === '' ? '?list' : place.key, range: request.headers.range ?? null };
    const fault = this.fault(told) ?? { kind: 'none' };
    if (fault.kind === 'refuse') { request.destroy(); return; }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.requests.push(told);
    if (fault.kind === 'hang') return;
    if (fault.kind === 'slow') await this.pause(fault.delayMs);
    if (fault.kind === 'status') { send(response, failure(fault.status, fault.code)); return; }
    deliver(response, fault.kind, this.refusalOf(request, place.bucket) ?? this.act(request, place, Buffer.concat(chunks)));
  }

  private placeOf(request: IncomingMessage): { readonly url: URL; readonly bucket: string; readonly key: string } {
    const url = new URL(String(request.url), this.url);
    const [, bucket = '', ...parts] = url.pathname.split('/');
    return { url, bucket, key: decodeURIComponent(parts.join('/')) };
  }

  private refusalOf(request: IncomingMessage, bucket: string): Answer | null {
    if (isSigned(request) && bucket === S3_ACCOUNT.bucket) return null;
    this.refused += 1;
    return failure(403, bucket === S3_ACCOUNT.bucket ? 'InvalidAccessKeyId' : 'AccessDenied');
  }

  private act(request: IncomingMessage, { url, key }: { readonly url: URL; readonly key: string }, body: Buffer): Answer {
    const object = this.objects.get(key);
    switch (request.method ?? '') {
      case 'PUT': return this.put(key, body, request.headers['x-amz-checksum-sha256']);
      case 'DELETE': this.objects.delete(key); return { status: 204, body: Buffer.alloc(0), headers: {} };
      case 'GET': if (key === '') return this.list(url.searchParams);
        return object === undefined ? failure(404, 'NoSuchKey') : ranged(object, request.headers.range);
      default: return failure(405, 'MethodNotAllowed');
    }
  }

  private put(key: string, body: Buffer, checksum: unknown): Answer {
    if (typeof checksum === 'string' && checksum !== createHash('sha256').update(body).digest('base64')) return failure(400, 'BadDigest');
    this.objects.set(key, body);
    return { status: 200, body: Buffer.alloc(0), headers: { etag: '"0"' } };
  }

  private list(query: URLSearchParams): Answer {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? '';
    const rest = this.keys.filter((key) => key.startsWith(prefix) && key > after);
    const page = rest.slice(0, PAGE_KEYS_MAX);
    const more = rest.length > page.length;
    const contents = page.map((key) => `<Contents><Key>${key}</Key><Size>${this.objects.get(key)?.length ?? 0}</Size></Contents>`).join('');
    const next = more ? `<NextContinuationToken>${page.at(-1) ?? ''}</NextContinuationToken>` : '';
    return xml(200, `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>recordings</Name><Prefix>${prefix}</Prefix><KeyCount>${page.length}</KeyCount><IsTruncated>${more}</IsTruncated>${contents}${next}</ListBucketResult>`);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => { this.timers.delete(timer); resolve(); }, ms);
      this.timers.add(timer);
    });
  }
}

/** SigV4: the header's form and whose key it is; the signature itself is not computed. */
function isSigned({ headers }: IncomingMessage): boolean {
  const [, accessKey, region] = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=[^,]*host[^,]*, ?Signature=[0-9a-f]{64}$/u.exec(headers.authorization ?? '') ?? [];
  return accessKey === S3_ACCOUNT.accessKeyId && region === S3_ACCOUNT.region && headers['x-amz-date'] !== undefined && headers['x-amz-content-sha256'] !== undefined;
}

function deliver(response: ServerResponse, kind: string, answer: Answer): void {
  if (kind === 'lose-answer') response.destroy();
  else if (kind === 'cut') cut(response, answer);
  else send(response, answer);
}

function ranged(object: Buffer, range: string | undefined): Answer {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/u.exec(range ?? '') ?? [];
  if (first === undefined || last === undefined) return { status: 200, body: object, headers: {} };
  if (Number(first) >= object.length) return failure(416, 'InvalidRange');
  const body = object.subarray(Number(first), Number(last) + 1);
  return { status: 206, body, headers: { 'content-range': `bytes ${first}-${Number(first) + body.length - 1}/${object.length}` } };
}

function xml(status: number, text: string): Answer {
  return { status, body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${text}`), headers: { 'content-type': 'application/xml' } };
}

function failure(status: number, code: string): Answer {
  return xml(status, `<Error><Code>${code}</Code><Message>told so</Message></Error>`);
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { ...headers, 'x-amz-request-id': 'loopback', ...(status === 204 ? {} : { 'content-length': body.length }) }).end(body);
}

function cut(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => { response.destroy(); });
}
