import { OnpremAgent } from '../../../../src/adapters/agent/onprem/onprem-agent.js';
import type { PortErrorKind } from '../../../../src/application/ports/port-error.js';
import { agentContract, type AgentHarness } from '../../../contract/agent.contract.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { delta, LANGUAGE_MODEL_TOKEN, LanguageModelServer, refuses, replies, stalls, type TurnAnswer } from '../../../support/servers/language-model-server.js';

const FAILURES: Readonly<Record<PortErrorKind, TurnAnswer>> = {
  timeout: stalls(),
  unavailable: refuses(503),
  rejected: refuses(400),
  'not-found': refuses(404),
  'rate-limited': refuses(429, 30),
  protocol: replies({ $case: 'transfer', value: { target: { $case: 'number', value: '0800 & hang up' }, mode: 0, briefing: '' } }),
};

async function start(): Promise<AgentHarness> {
  const server = await LanguageModelServer.start();
  const settings = { url: server.url, trustedNetworks: '', token: LANGUAGE_MODEL_TOKEN, ca: '', cert: '', key: '', serverName: '', connectTimeoutMs: 2000 };
  const process = (): OnpremAgent => new OnpremAgent({ server: settings, logger: silentLogger, metrics: new RecordingMetrics(), limits: { firstOutputMs: 600 } });
  return {
    agent: process(),
    successor: process,
    until: (work) => work,
    close: () => server.stop(),
    failNextTurn: (kind) => { server.answer(FAILURES[kind]); },
    stallNextTurn: () => { server.answer(stalls(delta('Well, '))); },
    liveReplies: () => server.liveAnswers,
  };
}

agentContract({ name: 'OnpremAgent', start, failures: ['timeout', 'unavailable', 'rejected', 'not-found', 'rate-limited', 'protocol'] });
