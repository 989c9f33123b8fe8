/** REST of a fake Asterisk: what each request does to the world, and how it is refused. Statuses and words as Asterisk 22.10 gives them. */
import { bridgeJson, type FakeAriWorld, type WorldBridge, type WorldChannel } from './fake-ari-world.js';

export interface RouteRequest {
  readonly method: string;
  /** Below /ari, decoded segments. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface RouteAnswer {
  readonly status: number;
  readonly json?: unknown;
  /** What Asterisk does in a thread of its own, before or after the answer: a channel enters its application, or hangs up. */
  readonly afterwards?: () => void;
}

/** What the routes need of the server around them. */
export interface RouteContext {
  readonly world: FakeAriWorld;
  readonly version: string;
  /** `context,extension` pairs that exist. */
  readonly extensions: ReadonlySet<string>;
  readonly applicationExists: (app: string) => boolean;
  readonly openMedia: (request: { channelId: string; externalHost: string; format: string }) => Promise<{ host: string; port: number }>;
  readonly dialled: (channel: WorldChannel) => void;
}

type Handler = (context: RouteContext, request: RouteRequest) => RouteAnswer | Promise<RouteAnswer>;

const NO_CONTENT: RouteAnswer = { status: 204 };
const refuse = (status: number, message: string): RouteAnswer => ({ status, json: { message } });
const CHANNEL_NOT_FOUND = refuse(404, 'Channel not found');
const BRIDGE_NOT_FOUND = refuse(404, 'Bridge not found');
const DEFAULT_CAUSE = 16;

export function route(context: RouteContext, request: RouteRequest): RouteAnswer | Promise<RouteAnswer> {
  const [resource = '', id = '', action = ''] = request.segments;
  const key = `${request.method} ${resource}${id === '' ? '' : FIXED.has(id) ? `/${id}` : '/{id}'}${action === '' ? '' : `/${action}`}`;
  return ROUTES[key]?.(context, request) ?? refuse(404, 'Invalid method');
}

const FIXED = new Set(['create', 'externalMedia', 'info', 'claim']);

const withChannel = (act: (channel: WorldChannel, context: RouteContext, request: RouteRequest) => RouteAnswer): Handler => (context, request) => {
  const channel = context.world.channels.get(request.segments[1] ?? '');
  return channel ? act(channel, context, request) : CHANNEL_NOT_FOUND;
};

const inStasis = (act: (channel: WorldChannel, context: RouteContext, request: RouteRequest) => RouteAnswer): Handler =>
  withChannel((channel, context, request) => (channel.app === undefined ? refuse(409, 'Channel not in Stasis application') : act(channel, context, request)));

const withBridge = (act: (bridge: WorldBridge, context: RouteContext, request: RouteRequest) => RouteAnswer): Handler => (context, request) => {
  const bridge = context.world.bridges.get(request.segments[1] ?? '');
  return bridge ? act(bridge, context, request) : BRIDGE_NOT_FOUND;
};

const ROUTES: Readonly<Record<string, Handler>> = {
  'GET asterisk/info': ({ version }) => ({ status: 200, json: { system: { version, entity_id: '00:00:00:00:00:00' } } }),
  'POST events/claim': ({ world }, { query }) => {
    const claimed = world.claim(query.get('channelId') ?? '', query.get('application') ?? '');
    if (claimed === 404) return refuse(404, 'Channel not found or not in broadcast state');
    return claimed === 409 ? refuse(409, 'Channel has already been claimed') : { ...NO_CONTENT, afterwards: claimed };
  },
  'GET applications/{id}': ({ world, applicationExists }, { segments: [, app = ''] }) => {
    const channels = world.channelsIn(app);
    if (channels.length === 0 && !applicationExists(app)) return refuse(404, 'Application not found');
    return { status: 200, json: { name: app, channel_ids: channels.map(({ id }) => id), bridge_ids: [], endpoint_ids: [], device_names: [] } };
  },
  'GET channels': ({ world }) => ({ status: 200, json: [...world.channels.values()].map((channel) => world.channelJson(channel)) }),
  'GET channels/{id}': withChannel((channel, { world }) => ({ status: 200, json: world.channelJson(channel) })),
  'DELETE channels/{id}': withChannel((channel, { world }, { query }) => {
    return { ...NO_CONTENT, afterwards: () => { world.hangUp(channel, Number(query.get('reason_code') ?? DEFAULT_CAUSE), 'request'); } };
  }),
  'POST channels/{id}/answer': inStasis((channel, { world }) => {
    world.changeState(channel, 'Up');
    return NO_CONTENT;
  }),
  'POST channels/{id}/move': inStasis((channel, { world, applicationExists }, { query }) => {
    const app = query.get('app') ?? '';
    if (!applicationExists(app)) return refuse(404, 'Application not found');
    return { ...NO_CONTENT, afterwards: () => { world.move(channel, app); } };
  }),
  'POST channels/{id}/continue': inStasis((channel, { world }, { query }) => {
    world.leave(channel);
    channel.dialplan = { exten: query.get('extension') ?? '', app_name: 'Wait', app_data: query.get('context') ?? '' };
    return NO_CONTENT;
  }),
  'POST channels/{id}/dtmf': inStasis((channel, _context, { query }) => {
    channel.digitsSent += query.get('dtmf') ?? '';
    return NO_CONTENT;
  }),
  'GET channels/{id}/variable': withChannel((channel, { extensions }, { query }) => {
    const name = query.get('variable') ?? '';
    const target = /^DIALPLAN_EXISTS\((.+),1\)$/.exec(name)?.[1];
    if (target !== undefined) return { status: 200, json: { value: extensions.has(target) ? '1' : '0' } };
    const value = channel.variables[name];
    return value === undefined ? refuse(404, 'Provided variable was not found') : { status: 200, json: { value } };
  }),
  'POST channels/{id}/variable': withChannel((channel, _context, { query }) => {
    channel.variables = { ...channel.variables, [query.get('variable') ?? '']: query.get('value') ?? '' };
    return NO_CONTENT;
  }),
  'POST applications/{id}/subscription': ({ world }, { segments: [, app = ''], query }) => {
    const channel = world.channels.get(query.get('eventSource')?.replace('channel:', '') ?? '');
    if (channel === undefined) return refuse(422, 'Event source does not exist');
    channel.subscriber = app;
    return { status: 200, json: { name: app } };
  },
  'POST channels/{id}/dial': inStasis((channel, { world, dialled }) => {
    world.dialStatus(channel, '');
    return { ...NO_CONTENT, afterwards: () => { dialled(channel); } };
  }),
  'POST channels/create': ({ world }, { query, body }) => {
    const id = query.get('channelId') ?? '';
    const endpoint = query.get('endpoint') ?? '';
    // Asterisk says the same for an endpoint it does not have.
    if (world.channels.has(id) || !/^PJSIP\/[^@]+@outbound$|^PJSIP\/caller\//.test(endpoint)) return refuse(409, 'Channel with given unique ID already exists');
    const { variables = {} } = (body ?? {}) as { variables?: Record<string, string> };
    const channel = world.addChannel({ id, name: `PJSIP/outbound-${id}`, kind: 'outgoing', state: 'Down', endpoint, variables });
    return { status: 200, json: world.channelJson(channel), afterwards: () => { world.enter(channel, query.get('app') ?? '', []); } };
  },
  'POST channels/externalMedia': externalMedia,
  'GET bridges': ({ world }) => ({ status: 200, json: [...world.bridges.values()].map(bridgeJson) }),
  'POST bridges/{id}': ({ world }, { segments: [, id = ''], query }) => {
    if (world.bridges.has(id)) return refuse(409, `Bridge with id '${id}' already exists`);
    const bridge: WorldBridge = { id, type: query.get('type') ?? '', channelIds: new Set() };
    world.bridges.set(id, bridge);
    return { status: 200, json: bridgeJson(bridge) };
  },
  'DELETE bridges/{id}': withBridge((bridge, { world }) => {
    world.destroyBridge(bridge);
    return NO_CONTENT;
  }),
  'POST bridges/{id}/addChannel': withBridge((bridge, { world }, { query }) => {
    const channel = world.channels.get(query.get('channel') ?? '');
    if (!channel) return refuse(400, 'Channel not found');
    if (channel.app === undefined) return refuse(422, 'Channel not in Stasis application');
    world.bridge(bridge, channel);
    return NO_CONTENT;
  }),
};

async function externalMedia(context: RouteContext, { query }: RouteRequest): Promise<RouteAnswer> {
  const { world } = context;
  const id = query.get('channelId') ?? '';
  const externalHost = query.get('external_host') ?? '';
  const format = query.get('format') ?? '';
  if (world.channels.has(id)) return refuse(409, 'Channel with given unique ID already exists');
  if (!/^[\d.]+:\d+$/.test(externalHost)) return { status: 500, json: { error: 'Allocation failed' } };
  const channel = world.addChannel({ id, name: `UnicastRTP/${externalHost}-0x7f`, kind: 'external', state: 'Down', endpoint: externalHost });
  const { host, port } = await context.openMedia({ channelId: id, externalHost, format });
  const channelvars = { UNICASTRTP_LOCAL_PORT: String(port), UNICASTRTP_LOCAL_ADDRESS: host };
  channel.variables = channelvars;
  return {
    status: 200,
    json: { ...world.channelJson(channel), channelvars },
    afterwards: () => {
      if (!world.channels.has(id)) return;
      channel.state = 'Up';
      world.enter(channel, query.get('app') ?? '', []);
    },
  };
}
