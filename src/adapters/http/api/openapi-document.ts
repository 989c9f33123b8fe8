import { z } from 'zod';
import { ROLES, GRANTS } from '../../../domain/access/identity.js';
import { PROBLEMS, type ProblemCode } from '../problem.js';
import { API_PREFIX } from './api-prefix.js';
import { type Operation, TAGS } from './operation.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type Schemas = Record<string, Json>;

/** What every operation may answer that needs a token. */
const ALWAYS: readonly ProblemCode[] = ['invalid-request', 'unauthenticated', 'forbidden', 'too-many-requests', 'internal-error', 'unavailable'];

/** The body of every answer that is a problem. */
export const PROBLEM = z.object({
  type: z.string(), title: z.string().meta({ description: 'For people.' }), status: z.int(),
  code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
  reason: z.string().optional().meta({ description: 'Why exactly, where the operation says so; stable too. Of `too-many-requests` also address, requests, writes or logins: which limit it was.' }),
  obstacle: z.string().optional().meta({ description: 'Of a refused order: what stands in its way, narrower than `reason`; stable too.' }),
  detail: z.string().optional().meta({ description: 'For people: what to do.' }),
  requestId: z.string().optional().meta({ description: 'The same as in the log of the gateway.' }),
  faults: z.array(z.object({ at: z.string().meta({ description: 'path, query, header or body, and where in it.' }), message: z.string() })).optional().meta({ description: 'Each fault of an invalid request.' }),
}).meta({ id: 'Problem', description: 'RFC 9457. Match on `code` and, where the operation says so, `reason`.' });

const CONDITIONS: readonly Json[] = [
  { name: 'If-Match', in: 'header', required: false, description: 'ETag of what you have read; `*` is not taken. This or If-None-Match is needed.', schema: { type: 'string' } },
  { name: 'If-None-Match', in: 'header', required: false, description: 'For what is not there yet.', schema: { type: 'string', const: '*' } },
];

/** The API as OpenAPI 3.1 tells it: made from the operations, so that it cannot say anything else than they do. */
export function openApiDocument(operations: readonly Operation[]): Json {
  const schemas: Schemas = {};
  schemaOf(PROBLEM, 'input', schemas);
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {});
    path[operation.method] = operationObject(operation, schemas);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Voice gateway: management API', version: '1.0.0',
      description: `Calls, recordings and tenants. Whose things they are is in the token alone; what is another tenant\'s does not exist for you.\n\n`
        + `Roles: ${ROLES.map((role) => `\`${role}\` (${GRANTS[role].join(', ')})`).join('; ')}.`,
      license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    servers: [{ url: API_PREFIX }],
    security: [{ token: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'From the platform\'s issuer; for development `voice-gateway token`.' },
        ticket: { type: 'apiKey', in: 'query', name: 'ticket', description: 'From `POST /tickets`: one use, 30 s. For browsers, which cannot send a header with a stream.' },
      },
      schemas,
    },
  };
}

function operationObject(operation: Operation, schemas: Schemas): Json {
  const { id, tag, summary, description, permission, body } = operation;
  const needs = permission === 'public' ? 'No token is needed.' : `Needs \`${permission}\`.`;
  const security: Json = permission === 'public' ? [] : [{ token: [] }, ...(operation.takesTicket === true ? [{ ticket: [] }] : [])];
  return {
    operationId: id, tags: [tag], summary, description: description === undefined ? needs : `${description} ${needs}`, security,
    parameters: parametersOf(operation, schemas),
    ...(body === null ? {} : {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemaOf(body, 'input', schemas), ...(operation.example.body === undefined ? {} : { example: operation.example.body as Json }) } },
      },
    }),
    responses: { ...answerObjects(operation, schemas), ...problemResponses(operation) },
  };
}

function parametersOf(operation: Operation, schemas: Schemas): Json {
  const own = (place: 'path' | 'query', shape: z.ZodObject): Json[] => {
    const { properties = {}, required = [] } = schemaOf(shape, 'input', schemas) as { properties?: Record<string, Json>; required?: readonly string[] };
    return Object.entries(properties).map(([name, schema]) => {
      const { description, ...rest } = schema as { description?: string };
      const example = operation.example[place === 'path' ? 'params' : 'query']?.[name];
      return {
        name, in: place, required: place === 'path' || required.includes(name), ...(description === undefined ? {} : { description }),
        schema: rest, ...(example === undefined ? {} : { example }),
      };
    });
  };
  const tenant: Json[] = operation.scope === 'tenant' && !operation.path.includes('{tenantId}')
    ? [{ name: 'tenant', in: 'query', required: false, description: 'Whose; needed with the role `platform`.', schema: { type: 'string' } }] : [];
  return [...own('path', operation.params), ...own('query', operation.query), ...tenant, ...(operation.conditional === true ? CONDITIONS : [])];
}

function answerObjects({ answer }: Operation, schemas: Schemas): Record<string, Json> {
  const { kind, status, doc: description } = answer;
  switch (kind) {
    case 'json': return { [status]: { description, content: { 'application/json': { schema: schemaOf(answer.schema, 'output', schemas) } } } };
    case 'empty': return { [status]: { description } };
    case 'events': return { [status]: { description, content: { 'text/event-stream': { schema: { type: 'string' } } } } };
    case 'download': {
      const content: Json = { [answer.mediaType]: { schema: { type: 'string', format: 'binary' } } };
      return { [status]: { description, content }, 206: { description: 'The range that was asked for; one at a time.', content } };
    }
  }
}

function problemResponses({ permission, problems, answer, scope, conditional }: Operation): Record<string, Json> {
  const codes: readonly ProblemCode[] = [
    ...(permission === 'public' ? ['internal-error', 'too-many-requests'] as const : ALWAYS), ...(answer.kind === 'download' ? ['range-not-satisfiable'] as const : []),
    ...(scope === 'tenant' ? ['not-found'] as const : []), ...(conditional === true ? ['precondition-failed', 'precondition-required'] as const : []), ...problems,
  ];
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set(codes)) byStatus.set(PROBLEMS[code].status, [...byStatus.get(PROBLEMS[code].status) ?? [], code]);
  return Object.fromEntries([...byStatus].sort(([a], [b]) => a - b).map(([status, of]) => [String(status), {
    description: of.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join(' '),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  }]));
}

/** JSON Schema of OpenAPI 3.1. Schemas with an id are shared by reference. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Schemas): Json {
  const { $defs = {}, ...own } = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' }) as { $defs?: Schemas; $schema?: string; id?: string };
  for (const [name, definition] of Object.entries($defs)) schemas[name] = referring(definition);
  const { id, ...bare } = Object.fromEntries(Object.entries(own).filter(([name]) => name !== '$schema')) as Schemas & { id?: string };
  if (id === undefined) return referring(bare);
  schemas[id] = referring(bare);
  return { $ref: `#/components/schemas/${id}` };
}

function referring(value: Json): Json {
  if (typeof value === 'string') return value.replace(/^#\/\$defs\//u, '#/components/schemas/');
  if (Array.isArray(value)) return (value as readonly Json[]).map(referring);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'id' || typeof (value as Record<string, Json>)['id'] !== 'string').map(([name, inner]) => [name, referring(inner)]));
}
