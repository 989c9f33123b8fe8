import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { ApiFailure } from './api-client.js';
import { printJson, type Terminal, withApi, withConnection } from './terminal.js';

type Options = Parameters<typeof withApi>[1];

/** What `get` prints and `put` takes: the agent, and which version of it somebody edits. */
interface Draft {
  readonly etag: string | null;
  readonly agent: unknown;
}

/** `voice-gateway tenants agent …`. */
export function agentCommand(terminal: Terminal): Command {
  const agent = new Command('agent').description('Look at an agent as it is written, and change it.');
  const pathOf = (tenant: string, id: string): string => `/tenants/${encodeURIComponent(tenant)}/agents/${encodeURIComponent(id)}`;
  agent.addCommand(withConnection(new Command('get').description('An agent and its version; edit it and give it to put.').argument('<tenant>').argument('<agent>'), terminal)
    .action((tenant: string, id: string, options: Options) => withApi(terminal, options, async (api) => {
      const { body, etag } = await api.readVersion(pathOf(tenant, id));
      printJson(terminal, { etag, agent: body } satisfies Draft);
    })));
  agent.addCommand(withConnection(new Command('put').description('Writes what get has printed, edited; with "etag": null a new agent.').argument('<tenant>').argument('<agent>').argument('<file>'), terminal)
    .action((tenant: string, id: string, file: string, options: Options) => withApi(terminal, options, async (api) => {
      const { etag, agent: settings } = draftIn(file);
      await api.act('PUT', pathOf(tenant, id), settings, etag === null ? { 'if-none-match': '*' } : { 'if-match': etag });
      terminal.write(`${id} of ${tenant} is written.\n`);
    })));
  return agent;
}

function draftIn(file: string): Draft {
  try {
    const draft = JSON.parse(readFileSync(file, 'utf8')) as Partial<Draft> | null;
    if (draft?.agent !== undefined && (draft.etag === null || typeof draft.etag === 'string')) return { etag: draft.etag, agent: draft.agent };
  } catch {
    // told below, as every file that is none
  }
  throw new ApiFailure(`${file} is not what "tenants agent get" prints: {"etag": …, "agent": {…}}.`);
}
