import { z } from 'zod';
import type { EventType } from '../../domain/shared/domain-event.js';
import { TERMINATIONS } from '../../domain/call/termination.js';
import { cloudEventType } from './cloud-event.js';
import { EVENT_SCHEMAS } from './event-schemas.js';

/** The parts of JSON Schema that our events use. */
interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** Longer lists of values are told in words. */
const VALUES_SHOWN_MAX = 8;

/** docs/events.md, made from the schemas. */
export function eventsDocument(): string {
  const types = Object.keys(EVENT_SCHEMAS) as EventType[];
  return [
    '# Events', '',
    '<!-- Generated from src/adapters/events by `npm run docs`. Do not edit. -->', '',
    'Every event is a [CloudEvent 1.0](https://cloudevents.io). The event log (`events.kind: file`) writes one per line, in structured JSON, to',
    '`<events.directory>/events-<node>-<YYYY-MM-DD>.<part>.ndjson`. With `events.kind: kafka` they go to the topics `<prefix>.call`, `.speech`,',
    '`.conversation` and `.error` in binary mode: [asyncapi.yaml](asyncapi.yaml). Delivery is at least once and in order per call; drop repetitions by `id`.',
    'Fields may be added; a break would get a new type ending in `.v2`.', '',
    '| attribute | what |', '|---|---|',
    '| `id` | ULID of the event |', '| `source` | `/voice-gateway/<node>` |', '| `type` | `com.voicegw.<event>.v1` |',
    '| `time` | when it happened, ISO 8601 UTC |', '| `subject`, `partitionkey` | id of the call |', '| `tenantid` | the tenant; absent where the number belongs to nobody |',
    '| `sequence` | counts from 1 within a call, without gaps (`sequencetype` is `Integer`) |',
    '| `data.atMs` | clock time on the node in milliseconds, for differences between events of one call |', '',
    '## Types', '',
    ...types.map((type) => `- [${type}](#${anchor(type)}): ${EVENT_SCHEMAS[type].doc}`), '',
    ...types.flatMap(describe),
    '## Reasons a call ends', '',
    '| reason | result |', '|---|---|',
    ...Object.entries(TERMINATIONS).map(([reason, result]) => `| \`${reason}\` | ${result} |`), '',
  ].join('\n');
}

function describe(type: EventType): readonly string[] {
  const { doc, data } = EVENT_SCHEMAS[type];
  const fields = fieldsOf(z.toJSONSchema(data as z.ZodType) as JsonSchema);
  return [
    `### ${type}`, '', `\`${cloudEventType(type)}\`: ${doc}`, '',
    ...(fields.length === 0 ? ['No data besides `atMs`.'] : ['| data | type | what |', '|---|---|---|', ...fields]), '',
  ];
}

function fieldsOf(schema: JsonSchema, prefix = ''): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const variants = field.anyOf ?? [field];
    const structure = variants.find((variant) => variant.properties !== undefined);
    const line = `| \`${prefix}${name}\` | ${variants.map(typeOf).join(' or ')} | ${field.description ?? ''} |`;
    return [line, ...(structure === undefined ? [] : fieldsOf(structure, `${prefix}${name}.`))];
  });
}

function typeOf({ type, enum: values, items }: JsonSchema): string {
  if (values !== undefined) return values.length > VALUES_SHOWN_MAX ? 'string' : values.map((value) => `\`${value}\``).join(', ');
  if (type === 'array') return `array of ${typeOf(items ?? {})}`;
  return type ?? 'any';
}

function anchor(heading: string): string {
  return heading.replace(/[^a-z0-9_-]/gu, '');
}
