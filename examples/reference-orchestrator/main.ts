import { readFile } from 'node:fs/promises';
import type { BackEnd } from './back-end.js';
import { ChatBackEnd } from './chat/chat-back-end.js';
import { DEFAULT_PROMPT } from './chat/default-prompt.js';
import { readOptions, USAGE, UsageError, type Options } from './options.js';
import { DialogueError, parseDialogue } from './scripted/dialogue-file.js';
import type { Dialogue } from './scripted/dialogue-schema.js';
import { ScriptedBackEnd } from './scripted/scripted-back-end.js';
import { Orchestrator } from './server.js';

/* The process: options in, one line when ready, an end on SIGTERM or SIGINT. */

async function start(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === null) { process.stdout.write(USAGE); return; }
  const backEnd = await backEndFor(options);
  const orchestrator = await Orchestrator.open({
    backEnd, host: options.host, port: options.port, token: options.token,
    pace: { delayMs: options.delayMs, wordDelayMs: options.wordDelayMs },
    ...(options.verbose ? { onAnswered: (line: string) => { process.stdout.write(`${line}\n`); } } : {}),
  });
  const stop = (): void => { void orchestrator.close(); };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const mind = options.chat === null ? '' : ` model=${options.chat.model}`;
  process.stdout.write(`reference-orchestrator listening on ${orchestrator.baseUrl} agents=${backEnd.agents.map(({ id }) => id).join(',')}${mind}\n`);
}

async function backEndFor({ dialogues, chat, systemPrompt }: Options): Promise<BackEnd> {
  const scripts = await readDialogues(dialogues);
  if (chat === null) return new ScriptedBackEnd(scripts);
  const prompt = systemPrompt === null ? DEFAULT_PROMPT : await readText(systemPrompt);
  return new ChatBackEnd({ ...chat, systemPrompt: prompt, agents: scripts.map(({ agent, greeting }) => ({ ...agent, greeting: greeting ?? null })) });
}

async function readDialogues(files: readonly string[]): Promise<readonly Dialogue[]> {
  const dialogues: Dialogue[] = [];
  for (const file of files) {
    const dialogue = parseDialogue(await readText(file), file);
    const { id } = dialogue.agent;
    if (dialogues.some(({ agent }) => agent.id === id)) throw new UsageError(`${file}: another dialogue has the agent id "${id}" already`);
    dialogues.push(dialogue);
  }
  return dialogues;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** One line that says what to do about it. */
function explain(error: unknown): string {
  if (error instanceof UsageError) return [error.message, '', USAGE].join('\n');
  if (error instanceof DialogueError) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'EADDRINUSE') return 'the port is taken: choose another with --port, or stop the program that has it';
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

start().catch((error: unknown) => {
  process.stderr.write(`reference-orchestrator: ${explain(error)}\n`);
  process.exitCode = 1;
});
