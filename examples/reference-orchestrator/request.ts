import type { IncomingMessage } from 'node:http';

/** The request is answered with this status and an error body. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';

  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

const BODY_BYTES_MAX = 64 * 1024;

export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) { // a refusal still needs the connection
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new RequestRefused(413, 'too_large', `the body is larger than ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new RequestRefused(400, 'bad_json', 'the body is not JSON');
  }
}

/** A header that must be there. */
export function required(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  if (typeof value !== 'string' || value === '' || value.length > 256) throw new RequestRefused(400, 'header_missing', `the header ${name} is missing or too long`);
  return value;
}
