import { OrchestratorAgent } from '../adapters/agent/orchestrator/orchestrator-agent.js';
import type { DependencyHealth } from '../application/application.js';
import type { Agent } from '../application/ports/agent.js';
import type { Config } from '../config/gateway-schema.js';
import type { Runtime } from './runtime.js';

export interface AgentParts {
  readonly agent: Agent;
  readonly health: () => DependencyHealth;
  close(): Promise<void>;
}

/** The mind behind all profiles: today one orchestrator per node. Calls are taken without it: they get fallbacks. */
export function buildAgent(config: Config, { log, metrics }: Runtime): AgentParts {
  const { agent } = config;
  const orchestrator = new OrchestratorAgent({
    baseUrl: agent.orchestratorUrl, bearerToken: agent.token?.reveal() ?? null, logger: log, metrics, connectionsMax: agent.connectionsMax,
    limits: { requestTotalMs: agent.openDeadlineMs, firstOutputMs: agent.firstOutputDeadlineMs, replyMs: agent.replyDeadlineMs },
  });
  return {
    agent: orchestrator,
    health: () => ({ name: 'agent-orchestrator', ready: orchestrator.ready, required: false, detail: orchestrator.ready ? 'not failing' : 'failed repeatedly: left alone for a while' }),
    close: () => orchestrator.close(),
  };
}
