import { OrchestratorAgent } from '../adapters/agent/orchestrator/orchestrator-agent.js';
import type { Agent } from '../application/ports/agent.js';
import type { Config } from '../config/gateway-schema.js';
import type { Runtime } from './runtime.js';

/** The mind behind all profiles: today one orchestrator per node. */
export function buildAgent(config: Config, { log }: Runtime): Agent {
  const { agent } = config;
  return new OrchestratorAgent({
    baseUrl: agent.orchestratorUrl, bearerToken: agent.token?.reveal() ?? null, logger: log, connectionsMax: agent.connectionsMax,
    limits: { requestTotalMs: agent.openDeadlineMs, firstOutputMs: agent.firstOutputDeadlineMs, replyMs: agent.replyDeadlineMs },
  });
}
