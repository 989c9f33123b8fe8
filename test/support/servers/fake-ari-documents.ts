/** The API documents of a fake Asterisk, in the old Swagger form Asterisk serves: only the operations the gateway calls. */

type Verb = 'GET' | 'POST' | 'DELETE';
type OperationRow = readonly [nickname: string, verb: Verb, path: string, query?: readonly string[], body?: readonly string[]];

const OPERATIONS: Readonly<Record<string, readonly OperationRow[]>> = {
  asterisk: [['getInfo', 'GET', '/asterisk/info', ['only']]],
  applications: [['get', 'GET', '/applications/{applicationName}'], ['subscribe', 'POST', '/applications/{applicationName}/subscription', ['eventSource']]],
  channels: [
    ['list', 'GET', '/channels'],
    ['create', 'POST', '/channels/create', ['endpoint', 'app', 'appArgs', 'channelId', 'otherChannelId', 'originator', 'formats'], ['variables']],
    ['get', 'GET', '/channels/{channelId}'],
    ['hangup', 'DELETE', '/channels/{channelId}', ['reason_code', 'reason']],
    ['continueInDialplan', 'POST', '/channels/{channelId}/continue', ['context', 'extension', 'priority', 'label']],
    ['move', 'POST', '/channels/{channelId}/move', ['app', 'appArgs']],
    ['answer', 'POST', '/channels/{channelId}/answer'],
    ['sendDTMF', 'POST', '/channels/{channelId}/dtmf', ['dtmf', 'before', 'between', 'duration', 'after']],
    ['getChannelVar', 'GET', '/channels/{channelId}/variable', ['variable']],
    ['setChannelVar', 'POST', '/channels/{channelId}/variable', ['variable', 'value']],
    ['dial', 'POST', '/channels/{channelId}/dial', ['caller', 'timeout']],
    ['externalMedia', 'POST', '/channels/externalMedia', ['channelId', 'app', 'external_host', 'encapsulation', 'transport', 'connection_type', 'format', 'direction', 'data'], ['variables']],
  ],
  bridges: [
    ['list', 'GET', '/bridges'],
    ['createWithId', 'POST', '/bridges/{bridgeId}', ['type', 'name']],
    ['destroy', 'DELETE', '/bridges/{bridgeId}'],
    ['addChannel', 'POST', '/bridges/{bridgeId}/addChannel', ['channel', 'role', 'absorbDTMF', 'mute', 'inhibitConnectedLineUpdates']],
  ],
};

const UNUSED_RESOURCES = ['endpoints', 'recordings', 'sounds', 'playbacks', 'deviceStates', 'mailboxes', 'events'];

/** @param path below /ari, for example `api-docs/channels.json` @param baseUrl as Asterisk believes it to be reached */
export function apiDocument(path: string, baseUrl: string): object | undefined {
  const name = /^api-docs\/(\w+)\.json$/.exec(path)?.[1];
  if (name === undefined) return undefined;
  const common = { apiVersion: '10.0.0', swaggerVersion: '1.1', basePath: baseUrl };
  if (name === 'resources') {
    const resources = [...Object.keys(OPERATIONS), ...UNUSED_RESOURCES];
    return { ...common, apis: resources.map((resource) => ({ path: `/api-docs/${resource}.{format}`, description: resource })) };
  }
  const rows = OPERATIONS[name];
  return rows && { ...common, resourcePath: `/api-docs/${name}.{format}`, apis: rows.map(apiOf), models: {} };
}

function apiOf([nickname, httpMethod, path, query = [], body = []]: OperationRow): object {
  const parameter = (name: string, paramType: string): object => ({ name, paramType, required: paramType === 'path', allowMultiple: false, dataType: 'string' });
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => parameter(match[1] ?? '', 'path'));
  const parameters = [...inPath, ...query.map((name) => parameter(name, 'query')), ...body.map((name) => parameter(name, 'body'))];
  return { path, description: nickname, operations: [{ httpMethod, nickname, responseClass: 'Channel', parameters }] };
}
