import { expect } from 'chai';
import { API_PREFIX } from '../../../src/adapters/http/api/api-prefix.js';
import { openApiDocument, PROBLEM } from '../../../src/adapters/http/api/openapi-document.js';
import type { Operation } from '../../../src/adapters/http/api/operation.js';
import { type ProblemCode, PROBLEMS } from '../../../src/adapters/http/problem.js';
import type { ApiAnswer } from './api-scene.js';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, unknown>> }>>>>;
}

/** Fails when an answer of the API is not one that its document tells of, to the last property. */
export function expectAsDocumented(operations: readonly Operation[], { method, path }: { readonly method: string; readonly path: string }, { status, headers, body, text }: ApiAnswer): void {
  if (!path.startsWith(API_PREFIX)) return;
  const where = `${method} ${path} → ${status} ${text.slice(0, 500)}`;
  const operation = operationAt(operations, method, path.slice(API_PREFIX.length).split('?')[0] ?? '');
  if (operation !== undefined) {
    const { paths } = openApiDocument(operations) as unknown as Document;
    expect(Object.keys(paths[operation.path]?.[operation.method]?.responses ?? {}), where).to.include(String(status));
  }
  if (method === 'HEAD') return;
  if (status >= 400) {
    expect(headers.get('content-type'), where).to.match(/^application\/problem\+json/u);
    expect(PROBLEM.parse(body), where).to.deep.equal(body);
    expect(PROBLEMS[body?.['code'] as ProblemCode].status, where).to.equal(status);
    expect(body, where).to.include({ status, requestId: headers.get('x-request-id') });
    return;
  }
  if (operation?.answer.kind !== 'json') return;
  expect(status, where).to.equal(operation.answer.status);
  expect(operation.answer.schema.parse(body), where).to.deep.equal(body); // a schema takes away what it does not know
}

function operationAt(operations: readonly Operation[], method: string, path: string): Operation | undefined {
  const known = method === 'HEAD' ? 'get' : method.toLowerCase();
  return operations.find((operation) => operation.method === known && new RegExp(`^${operation.path.replace(/\{\w+\}/gu, '[^/]+')}$`, 'u').test(path));
}
