import { OrchestratorAgent } from '../../../../src/adapters/agent/orchestrator/orchestrator-agent.js';
import type { PortErrorKind } from '../../../../src/application/ports/port-error.js';
import { agentContract, type AgentHarness } from '../../../contract/agent.contract.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { hang, OrchestratorServer, raw, stall, status, type Answer } from '../../../support/servers/orchestrator-server.js';

const FAILURES: Readonly<Record<PortErrorKind, Answer>> = {
  timeout: hang,
  unavailable: status(503),
  rejected: status(422),
  'not-found': status(404),
  'rate-limited': status(429, { 'retry-after': '30' }),
  protocol: raw('event: transfer\ndata: {"target": 7}\n\n'),
};

async function start(): Promise<AgentHarness> {
  const server = await OrchestratorServer.start();
  const process = (): OrchestratorAgent => new OrchestratorAgent({ baseUrl: server.baseUrl, logger: silentLogger, metrics: new RecordingMetrics(), limits: { firstOutputMs: 600 } });
  return {
    agent: process(),
    successor: process,
    until: (work) => work,
    close: () => server.stop(),
    failNextTurn: (kind) => { server.answer('turn', FAILURES[kind]); },
    stallNextTurn: () => { server.answer('turn', stall(['delta', { text: 'Well, ' }])); },
    liveReplies: () => server.liveAnswers,
  };
}

agentContract({ name: 'OrchestratorAgent', start, failures: ['timeout', 'unavailable', 'rejected', 'not-found', 'rate-limited', 'protocol'] });
