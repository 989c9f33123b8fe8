import { OnpremAgent } from '../adapters/agent/onprem/onprem-agent.js';
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

/** The mind behind all profiles, one per node. Calls are taken without it: they get fallbacks. */
export function buildAgent(config: Config, runtime: Runtime): AgentParts {
  const [name, agent] = config.agent.kind === 'grpc' ? ['language-model', languageModel(config, runtime)] as const : ['agent-orchestrator', orchestrator(config, runtime)] as const;
  return {
    agent,
    health: () => ({ name, ready: agent.ready, required: false, detail: agent.ready ? 'not failing' : 'failed repeatedly: left alone for a while' }),
    close: () => agent.close(),
  };
}

function orchestrator({ agent }: Config, { log, metrics }: Runtime): OrchestratorAgent {
  return new OrchestratorAgent({
    baseUrl: agent.orchestratorUrl, bearerToken: agent.token?.reveal() ?? null, logger: log, metrics, connectionsMax: agent.connectionsMax, limits: limitsOf(agent),
  });
}

/** @throws Error when it is not said where it is. */
function languageModel({ agent }: Config, { log, metrics }: Runtime): OnpremAgent {
  const { url, trustedNetworks, ca, cert, key, serverName, connectTimeoutMs } = agent.grpc;
  if (url === null) throw new Error('agent.kind is grpc and agent.grpc.url is missing: say where the server is, as in grpcs://mind.example.com:50051');
  return new OnpremAgent({
    server: {
      url, trustedNetworks: trustedNetworks.join(','), token: agent.token?.reveal() ?? '', ca: ca ?? '', cert: cert ?? '', key: key ?? '', serverName: serverName ?? '', connectTimeoutMs,
    },
    logger: log, metrics, limits: limitsOf(agent),
  });
}

function limitsOf({ openDeadlineMs, firstOutputDeadlineMs, replyDeadlineMs }: Config['agent']) {
  return { requestTotalMs: openDeadlineMs, firstOutputMs: firstOutputDeadlineMs, replyMs: replyDeadlineMs };
}
