import { Command } from 'commander';
import { agentCommand } from './tenant-agent.js';
import { printJson, table, type Terminal, withApi, withConnection, withTerminal } from './terminal.js';

interface TenantBody {
  readonly tenantId: string;
  readonly name: string;
  readonly active: boolean;
  readonly concurrentCallsMax: number;
  readonly numbers: readonly { readonly number: string; readonly agentId: string }[];
  readonly agents: readonly { readonly agentId: string }[];
}

type Options = Parameters<typeof withApi>[1];

/** `voice-gateway tenants …`. */
export function tenantsCommand(terminal: Terminal): Command {
  const tenants = withTerminal(new Command('tenants'), terminal).description('Look at tenants and change their agents, over the management API.');
  tenants.addCommand(withConnection(withTerminal(new Command('ls'), terminal).description('All tenants (role platform).'), terminal).action((options: Options) => withApi(terminal, options, async (api) => {
    const page = await api.read('/tenants') as { readonly tenants: readonly TenantBody[] };
    if (options.json === true) { printJson(terminal, page); return; }
    terminal.write(table(['tenant', 'name', 'active', 'calls at once', 'numbers', 'agents'], page.tenants.map((tenant) => ({
      tenant: tenant.tenantId, name: tenant.name, active: tenant.active ? 'yes' : 'no', 'calls at once': String(tenant.concurrentCallsMax),
      numbers: String(tenant.numbers.length), agents: String(tenant.agents.length),
    }))));
  })));
  tenants.addCommand(withConnection(withTerminal(new Command('get'), terminal).description('One tenant: its numbers and agents.').argument('<id>'), terminal).action((id: string, options: Options) => withApi(terminal, options, async (api) => {
    printJson(terminal, await api.read(`/tenants/${encodeURIComponent(id)}`));
  })));
  tenants.addCommand(withConnection(withTerminal(new Command('usage'), terminal).description('What a tenant has used.').argument('<id>').option('--from <day>', 'UTC, 2026-11-01').option('--to <day>', 'not included any more'), terminal).action((id: string, options: Options & { readonly from?: string; readonly to?: string }) => withApi(terminal, options, async (api) => {
    printJson(terminal, await api.read(`/tenants/${encodeURIComponent(id)}/usage`, { from: options.from, to: options.to }));
  })));
  tenants.addCommand(agentCommand(terminal));
  return tenants;
}
