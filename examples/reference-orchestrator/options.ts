import { parseArgs } from 'node:util';

/** Settings of the chat back end; from the environment, so that no key is seen in a list of processes. */
export interface ChatSettings {
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly model: string;
}

export interface Options {
  readonly host: string;
  readonly port: number;
  readonly dialogues: readonly string[];
  readonly delayMs: number;
  readonly wordDelayMs: number;
  readonly verbose: boolean;
  readonly systemPrompt: string | null;
  readonly chat: ChatSettings | null;
  readonly token: string | null;
}

/** Told to the user as it is, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `usage: reference-orchestrator --dialogue FILE [--dialogue FILE …] [options]

  --dialogue FILE       a scripted agent; the agent id is in the file (examples/dialogues/*.yaml)
  --host ADDRESS        default 127.0.0.1
  --port PORT           default 18000; 0 takes any free port
  --delay-ms N          wait before each reply, to play a slow model
  --word-delay-ms N     wait before each further word
  --system-prompt FILE  instructions of the chat model (default: the prompt that comes with the program)
  --verbose             print each request that was answered (never what was said)

environment
  OPENAI_MODEL          switches from scripts to a model behind an OpenAI-compatible API: its name there
  OPENAI_BASE_URL       default https://api.openai.com/v1
  OPENAI_API_KEY        its key, where one is needed
  ORCHESTRATOR_TOKEN    when set, requests must carry it as bearer token
`;

/** Reads command line and environment; throws UsageError. Null: help was asked for. */
export function readOptions(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): Options | null {
  const values = parse(argv);
  if (values.help === true) return null;
  const chat = chatSettings(environment);
  const dialogues = values.dialogue ?? [];
  if (dialogues.length === 0) throw new UsageError('--dialogue is missing: which agent shall answer?');
  return {
    host: values.host ?? '127.0.0.1',
    port: integer('--port', values.port ?? '18000', 65_535),
    delayMs: integer('--delay-ms', values['delay-ms'] ?? '0', 600_000),
    wordDelayMs: integer('--word-delay-ms', values['word-delay-ms'] ?? '0', 60_000),
    verbose: values.verbose ?? false, systemPrompt: values['system-prompt'] ?? null,
    dialogues, chat, token: nonEmpty(environment['ORCHESTRATOR_TOKEN']),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv], strict: true, allowPositionals: false,
      options: {
        dialogue: { type: 'string', multiple: true }, host: { type: 'string' }, port: { type: 'string' }, 'delay-ms': { type: 'string' },
        'word-delay-ms': { type: 'string' }, 'system-prompt': { type: 'string' }, verbose: { type: 'boolean' }, help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function chatSettings(environment: Readonly<Record<string, string | undefined>>): ChatSettings | null {
  const model = nonEmpty(environment['OPENAI_MODEL']);
  if (model === null) return null;
  const baseUrl = nonEmpty(environment['OPENAI_BASE_URL']) ?? 'https://api.openai.com/v1';
  if (!/^https?:\/\//u.test(baseUrl) || !URL.canParse(baseUrl)) throw new UsageError(`OPENAI_BASE_URL is not an http(s) address: ${baseUrl}`);
  return { model, baseUrl: baseUrl.replace(/\/+$/u, ''), apiKey: nonEmpty(environment['OPENAI_API_KEY']) };
}

function nonEmpty(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}

function integer(name: string, value: string, max: number): number {
  const number = Number(value);
  if (!/^\d+$/u.test(value) || number > max) throw new UsageError(`${name} must be a whole number from 0 to ${max}, not "${value}"`);
  return number;
}
