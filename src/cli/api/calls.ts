import { Command, InvalidArgumentError } from 'commander';
import type { ApiClient, StreamedEvent } from './api-client.js';
import { ApiFailure } from './api-client.js';
import { type AccountBody, accountText, type CallBody, seconds } from './call-account.js';
import { pause, printable, printJson, table, type Terminal, withApi, withConnection, withTerminal } from './terminal.js';

type Options = Parameters<typeof withApi>[1] & Readonly<Record<string, string | boolean | undefined>>;

/** Of `tail`, in a row without an event. A stream that the server ended is none. */
const FAILURES_MAX = 5;
const RECONNECT_MS = 2000;

/** `voice-gateway calls …`: what the management API can do with calls. */
export function callsCommand(terminal: Terminal): Command {
  const calls = withTerminal(new Command('calls'), terminal).description('Look at calls and act on them, over the management API.');
  const on = (command: Command, act: (api: ApiClient, args: readonly string[], options: Options) => Promise<void>): void => {
    calls.addCommand(withConnection(withTerminal(command, terminal), terminal).action(async (...given: unknown[]) => {
      const options = given.at(-2) as Options;
      const args = given.slice(0, -2).filter((arg) => typeof arg === 'string');
      await withApi(terminal, options, (api) => act(api, args, options));
    }));
  };
  on(new Command('ls').description('Calls, newest first.').option('--state <state>', 'live, or one of ringing, answered, active, transferred, ended').option('--number <number>', 'of the caller or the callee').option('--agent <id>').option('--limit <n>', 'at most so many', wholeNumber, 50), (api, _args, options) => list(terminal, api, options));
  on(new Command('get').description('One call: its turns, and where the time went.').argument('<call>'), (api, [call = ''], options) => show(terminal, api, call, options));
  on(new Command('tail').description('What happens in calls, as it happens; Ctrl-C ends it.').argument('[call]', 'only this one'), (api, [call], options) => tail(terminal, api, { call, json: options.json === true }));
  on(new Command('hangup').description('End a live call.').argument('<call>'), (api, [call = '']) => order(terminal, api, [call, 'hangup']));
  on(new Command('say').description('Say something to the caller.').argument('<call>').argument('<text>'), (api, [call = '', text = '']) => order(terminal, api, [call, 'say', { text }]));
  on(new Command('dtmf').description('Send digits towards the far end.').argument('<call>').argument('<digits>'), (api, [call = '', digits = '']) => order(terminal, api, [call, 'dtmf', { digits }]));
  on(new Command('transfer').description('Send the caller to a person.').argument('<call>').option('--number <number>').option('--extension <name>').option('--queue <name>').option('--briefing <text>', 'tell the person first, and let them take it or not'), (api, [call = ''], options) => transfer(terminal, api, call, options));
  on(new Command('place').description('Call somebody.').requiredOption('--agent <id>', 'who speaks').requiredOption('--to <number>').option('--from <number>', 'number to show: one of the tenant\'s').option('--key <key>', 'asked again with the same key, it is the same call'), (api, _args, options) => place(terminal, api, options));
  return calls;
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('a whole number above 0');
  return number;
}

async function list(terminal: Terminal, api: ApiClient, options: Options): Promise<void> {
  const { state, number, agent, limit, json } = options as Options & { readonly state?: string; readonly number?: string; readonly agent?: string; readonly limit: number };
  const page = await api.read('/calls', { state, number, agentId: agent, limit }) as { readonly calls: readonly CallBody[]; readonly partial?: boolean };
  if (page.partial === true) terminal.complain('Only the live calls that this node knows: the others cannot be asked for now.\n');
  if (json === true) { printJson(terminal, page); return; }
  terminal.write(page.calls.length === 0 ? 'No calls.\n' : table(['call', 'state', 'direction', 'from', 'to', 'agent', 'started', 'lasted', 'ended by'], page.calls.map((call) => ({
    call: call.callId, state: call.state, direction: call.direction, from: call.callerNumber, to: call.calleeNumber, agent: call.agentId,
    started: call.startedAt.replace('T', ' ').slice(0, 19), lasted: call.durationMs === null ? '' : seconds(call.durationMs), 'ended by': call.endReason ?? '',
  }))));
}

async function show(terminal: Terminal, api: ApiClient, call: string, { json }: Options): Promise<void> {
  const body = await api.read(`/calls/${encodeURIComponent(call)}`) as AccountBody;
  if (body.partial === true) terminal.complain('Only how the call stands: what happened in it cannot be asked for now.\n');
  if (json === true) printJson(terminal, body); else terminal.write(printable(accountText(body)));
}

async function order(terminal: Terminal, api: ApiClient, [call, act, body]: readonly [string, string, unknown?]): Promise<void> {
  await api.act('POST', `/calls/${encodeURIComponent(call)}/${act}`, body ?? {});
  terminal.write('accepted\n');
}

async function transfer(terminal: Terminal, api: ApiClient, call: string, options: Options): Promise<void> {
  const { number, extension, queue, briefing } = options as Options & Readonly<Record<'number' | 'extension' | 'queue' | 'briefing', string | undefined>>;
  const targets = Object.entries({ number, extension, queue }).filter(([, value]) => value !== undefined);
  if (targets.length !== 1) {
    terminal.complain('Where to? Give one of --number, --extension and --queue.\n');
    terminal.setExitCode(2);
    return;
  }
  await order(terminal, api, [call, 'transfer', { to: Object.fromEntries(targets), ...(briefing === undefined ? {} : { briefing }) }]);
}

async function place(terminal: Terminal, api: ApiClient, options: Options): Promise<void> {
  const { agent, to, from, key, json } = options as Options & Readonly<Record<'agent' | 'to' | 'from' | 'key', string | undefined>>;
  const call = await api.act('POST', '/calls', { agentId: agent, to, ...(from === undefined ? {} : { from }) }, key === undefined ? {} : { 'idempotency-key': key }) as CallBody;
  if (json === true) printJson(terminal, call); else terminal.write(`${call.callId}\n`);
}

/** Comes back after a break with the last position it has, so that nothing is missed. What the API refuses is not asked again. */
async function tail(terminal: Terminal, api: ApiClient, { call, json }: { readonly call: string | undefined; readonly json: boolean }): Promise<void> {
  const { interrupted, reconnectMs = RECONNECT_MS } = terminal;
  const place: Place = { after: null, failures: 0 };
  const tell = (event: StreamedEvent): void => { terminal.write(json ? `${JSON.stringify(event)}\n` : printable(eventLine(event))); };
  const isOver = (): boolean => interrupted.aborted;
  while (!isOver()) {
    try {
      await follow(api.events('/events', { after: place.after, query: { callId: call }, signal: interrupted }), place, tell);
    } catch (error) {
      place.failures += 1;
      if (!(error instanceof ApiFailure) || !error.mayPass || place.failures === FAILURES_MAX) throw error;
    }
    if (!isOver()) await pause(reconnectMs, interrupted);
  }
}

/** How far a follower has come. */
interface Place {
  after: string | null;
  failures: number;
}

async function follow(events: AsyncIterable<StreamedEvent>, place: Place, tell: (event: StreamedEvent) => void): Promise<void> {
  for await (const event of events) {
    if (event.id !== '') place.after = event.id;
    place.failures = 0;
    if (event.type !== '') tell(event);
  }
}

/** What comes without a call is about the stream itself. */
const OF_THE_STREAM: Readonly<Record<string, string>> = {
  current: 'current: what follows happens now', gap: 'gap: something may be missing here, look at the calls anew',
};

function eventLine({ type, data }: StreamedEvent): string {
  const { occurredAt = '', callId = '', ...rest } = data as { readonly occurredAt?: string; readonly callId?: string };
  const ofStream = OF_THE_STREAM[type];
  if (ofStream !== undefined) return `-- ${ofStream}\n`;
  return `${occurredAt.slice(11, 23)}  ${callId}  ${type}  ${JSON.stringify((rest as { data?: unknown }).data ?? rest)}\n`;
}
