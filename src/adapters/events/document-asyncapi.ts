import { stringify } from 'yaml';
import { z } from 'zod';
import type { EventType } from '../../domain/shared/domain-event.js';
import { cloudEventType } from './cloud-event.js';
import { EVENT_FAMILIES, type EventFamily, familyOf, topicNamed } from './event-families.js';
import { EVENT_SCHEMAS } from './event-schemas.js';

const PREFIX_DEFAULT = 'voicegw';
const LINE_CHARS_MAX = 140;

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

const text = (description: string, more: Record<string, Json> = {}): Json => ({ type: 'string', description, ...more });

/** Headers of every message: CloudEvents' attributes in the binary mode of its Kafka binding. */
const HEADERS: Json = {
  type: 'object',
  required: ['content-type', 'ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_time', 'ce_subject', 'ce_partitionkey', 'ce_sequence', 'ce_sequencetype'],
  properties: {
    'content-type': text('Of the value.', { const: 'application/json' }),
    ce_specversion: text('Version of CloudEvents.', { const: '1.0' }),
    ce_id: text('ULID of the event. Delivery is at least once: drop what you have seen.'),
    ce_source: text('/voice-gateway/<node>: where it happened.'),
    ce_type: text('com.voicegw.<event>.v1'),
    ce_time: text('When it happened, UTC.', { format: 'date-time' }),
    ce_subject: text('Id of the call.'),
    ce_partitionkey: text('Id of the call; also the key of the record.'),
    ce_tenantid: text('The tenant; absent where the number belongs to nobody.'),
    ce_sequence: text('Counts from 1 within a call, without gaps, over all topics.', { pattern: '^[1-9][0-9]*$' }),
    ce_sequencetype: text('How to read ce_sequence.', { const: 'Integer' }),
  },
};

/** docs/asyncapi.yaml, made from the schemas of the events. */
export function asyncapiDocument(): string {
  const types = Object.keys(EVENT_SCHEMAS) as EventType[];
  const families = Object.keys(EVENT_FAMILIES) as EventFamily[];
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Voice gateway events', version: '1.0.0',
      description: 'What happens in calls, as CloudEvents in binary mode. At least once, in order per call within a topic; '
        + '`ce_sequence` gives the order over all topics. Fields may be added; a break gets a new type ending in `.v2`.',
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(families.map((family) => [family, channel(family, types.filter((type) => familyOf(type) === family))])),
    operations: Object.fromEntries(families.map((family) => [`send-${family}`, { action: 'send', channel: { $ref: `#/channels/${family}` }, summary: EVENT_FAMILIES[family] }])),
    components: {
      messages: Object.fromEntries(types.map((type) => [type, message(type)])),
      schemas: { headers: HEADERS, ...Object.fromEntries(types.map((type) => [type, payload(type)])) },
    },
  };
  return `# Generated from src/adapters/events by \`npm run docs\`. Do not edit.\n${stringify(document, { lineWidth: LINE_CHARS_MAX, aliasDuplicateObjects: false })}`;
}

function channel(family: EventFamily, types: readonly EventType[]): Json {
  return {
    address: topicNamed('{prefix}', family), description: EVENT_FAMILIES[family],
    parameters: { prefix: { description: 'Setting events.kafka.topicPrefix.', default: PREFIX_DEFAULT } },
    messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
  };
}

function message(type: EventType): Json {
  const { doc } = EVENT_SCHEMAS[type];
  return {
    name: cloudEventType(type), title: type, summary: doc, contentType: 'application/json',
    headers: { allOf: [{ $ref: '#/components/schemas/headers' }, { type: 'object', properties: { ce_type: { const: cloudEventType(type) } } }] },
    payload: { $ref: `#/components/schemas/${type}` },
    bindings: { kafka: { key: { type: 'string', description: 'Id of the call.' } } },
  };
}

function payload(type: EventType): Json {
  const data = open(z.toJSONSchema(EVENT_SCHEMAS[type].data as z.ZodType, { target: 'draft-7' }) as Json) as { properties?: Record<string, Json>; required?: readonly Json[] };
  const atMs = { type: 'number', description: 'Clock time on the node in milliseconds, for differences between events of one call.' };
  return { ...data, properties: { atMs, ...data.properties }, required: ['atMs', ...(data.required ?? [])] };
}

const LEFT_OUT = ['additionalProperties', '$schema'];

/** Consumers must accept fields they do not know: nothing is closed. And the dialect is AsyncAPI's own. */
function open(schema: Json): Json {
  if (Array.isArray(schema)) return (schema as readonly Json[]).map(open);
  if (schema === null || typeof schema !== 'object') return schema;
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !LEFT_OUT.includes(name)).map(([name, value]) => [name, open(value)]));
}
