import { readFileSync } from 'node:fs';
import { parseDialogue } from '../../../../examples/reference-orchestrator/scripted/dialogue-file.js';
import { ScriptedBackEnd } from '../../../../examples/reference-orchestrator/scripted/scripted-back-end.js';
import { Orchestrator } from '../../../../examples/reference-orchestrator/server.js';
import { OrchestratorAgent } from '../../../../src/adapters/agent/orchestrator/orchestrator-agent.js';
import { agentContract, type AgentHarness } from '../../../contract/agent.contract.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';

const FILE = 'examples/dialogues/card-delivery.yaml';
const STALL_MS = 60_000;

async function start(): Promise<AgentHarness> {
  const pace = { delayMs: 0, wordDelayMs: 0 };
  const backEnd = new ScriptedBackEnd([parseDialogue(readFileSync(FILE, 'utf8'), FILE)]);
  const orchestrator = await Orchestrator.open({ backEnd, host: '127.0.0.1', port: 0, pace, token: 'secret' });
  const process = (): OrchestratorAgent => new OrchestratorAgent({ baseUrl: orchestrator.baseUrl, logger: silentLogger, metrics: new RecordingMetrics(), bearerToken: 'secret', limits: { firstOutputMs: 600 } });
  return {
    agent: process(),
    successor: process,
    until: (work) => work,
    close: () => orchestrator.close(),
    failNextTurn: () => { pace.delayMs = STALL_MS; },
    stallNextTurn: () => { pace.wordDelayMs = STALL_MS; },
    liveReplies: () => orchestrator.liveReplies,
  };
}

agentContract({ name: 'OrchestratorAgent with the reference orchestrator', start, failures: ['timeout'] });
