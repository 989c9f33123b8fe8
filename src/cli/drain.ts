import { Command } from 'commander';

const POLL_MS = 500;
const ANSWER_MS_MAX = 5000;

/** `voice-gateway drain`: tells the gateway of this machine to take no more calls, and waits until it has ended. */
export function drainCommand(setExitCode: (code: number) => void): Command {
  return new Command('drain')
    .description('Tell the gateway of this machine to take no more calls and to end after the last one. Does what SIGTERM does.')
    .option('--url <url>', 'where its health page is', 'http://127.0.0.1:8080')
    .option('--no-wait', 'return at once instead of when it has ended')
    .action(async (options: { url: string; wait: boolean }) => { setExitCode(await drain(options)); });
}

async function drain({ url, wait }: { readonly url: string; readonly wait: boolean }): Promise<number> {
  let answer: Response;
  try {
    answer = await fetch(new URL('/drain', url), { method: 'POST', headers: { 'x-voice-gateway': 'drain', connection: 'close' }, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  } catch {
    process.stderr.write(`No gateway answers at ${url}.\n  fix: give its health page with --url, as http.host and http.port say\n`);
    return 1;
  }
  if (answer.status !== 202) {
    process.stderr.write(`The gateway refused (${answer.status}): ${await answer.text()}\n`);
    return 1;
  }
  for (let calls: number | null = await callsOf(answer); wait && calls !== null; calls = await waiting(url)) process.stdout.write(`draining, ${calls} calls\n`);
  return 0;
}

/** Calls still there; null when the gateway has gone. */
async function waiting(url: string): Promise<number | null> {
  await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
  try {
    return await callsOf(await fetch(new URL('/readyz', url), { headers: { connection: 'close' }, signal: AbortSignal.timeout(ANSWER_MS_MAX) }));
  } catch {
    return null;
  }
}

async function callsOf(answer: Response): Promise<number> {
  return (await answer.json() as { readonly calls: { readonly active: number } }).calls.active;
}
