import { OrchestratorAgent, type OrchestratorAgentOptions } from '../../../../src/adapters/agent/orchestrator/orchestrator-agent.js';
import type { AgentOutput, AgentTurn } from '../../../../src/application/ports/agent.js';
import type { ConversationId } from '../../../../src/domain/shared/ids.js';
import { aConversationRequest, aTurn, collect } from '../../../contract/agent.contract.js';
import { RecordingLogger } from '../../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../../support/fakes/recording-metrics.js';
import { events, OrchestratorServer, type Answer } from '../../../support/servers/orchestrator-server.js';

export const never = new AbortController().signal;
export const HELLO = events(['delta', { text: 'Hello.' }], ['done', {}]);

/** An OrchestratorAgent and the loopback server it talks to. */
export class OrchestratorWorld {
  readonly log = new RecordingLogger();
  readonly metrics = new RecordingMetrics();
  readonly agent: OrchestratorAgent;

  private constructor(readonly server: OrchestratorServer, options: Partial<OrchestratorAgentOptions>) {
    this.agent = new OrchestratorAgent({ baseUrl: server.baseUrl, logger: this.log, metrics: this.metrics, ...options });
  }

  static async start(options: Partial<OrchestratorAgentOptions> = {}): Promise<OrchestratorWorld> {
    return new OrchestratorWorld(await OrchestratorServer.start(), options);
  }

  async open(): Promise<ConversationId> {
    return (await this.agent.open(aConversationRequest(), never)).conversationId;
  }

  reply(id: ConversationId, over: Partial<AgentTurn> = {}, signal: AbortSignal = never): Promise<readonly AgentOutput[]> {
    return collect(this.agent.reply(aTurn(id, over), signal));
  }

  /** Everything the agent makes of this answer to a turn. */
  async replyTo(answer: Answer): Promise<readonly AgentOutput[]> {
    this.server.answer('turn', answer);
    return this.reply(await this.open());
  }

  async close(): Promise<void> {
    await this.agent.close();
    await this.server.stop();
  }
}
