import { expect } from 'chai';
import { buildAgent } from '../../src/composition/agents.js';
import type { Runtime } from '../../src/composition/runtime.js';
import type { Config } from '../../src/config/gateway-schema.js';
import { loadConfig } from '../../src/config/load-config.js';
import { aConversationRequest, aTurn, collect, spoken } from '../contract/agent.contract.js';
import { RecordingMetrics } from '../support/fakes/recording-metrics.js';
import { silentLogger } from '../support/fakes/silent-logger.js';
import { LANGUAGE_MODEL_TOKEN, LanguageModelServer } from '../support/servers/language-model-server.js';

const never = new AbortController().signal;
const runtime = { log: silentLogger, metrics: new RecordingMetrics() } as unknown as Runtime;

function config(env: Readonly<Record<string, string>>): Config {
  const loaded = loadConfig({ file: null, env: { VG_ASTERISK_PASSWORD: 'pw', VG_TENANTS_DIRECTORY: 'tenants', ...env }, readFile: () => '' });
  if (!loaded.ok) throw new Error('unusable settings');
  return loaded.value;
}

describe('the mind that the settings name', () => {
  it('is an agent-orchestrator unless something else is said', async () => {
    const { agent, health } = buildAgent(config({}), runtime);
    expect(health().name).to.equal('agent-orchestrator');
    await agent.close();
  });

  it('is a language model by gRPC where agent.kind says so', async () => {
    const server = await LanguageModelServer.start();
    const built = buildAgent(config({ VG_AGENT_KIND: 'grpc', VG_AGENT_GRPC_URL: server.url, VG_AGENT_TOKEN: LANGUAGE_MODEL_TOKEN }), runtime);
    const { conversationId } = await built.agent.open(aConversationRequest(), never);
    expect(spoken(await collect(built.agent.reply(aTurn(conversationId), never)))).to.equal('Hello caller.');
    expect(built.health()).to.include({ name: 'language-model', ready: true });
    await built.close();
    await server.stop();
  });

  it('is not spoken to in the clear over a network that is not trusted', () => {
    const named = { VG_AGENT_KIND: 'grpc', VG_AGENT_GRPC_URL: 'grpc://10.20.3.4:50051' };
    expect(() => buildAgent(config(named), runtime)).to.throw('without encryption');
    expect(() => buildAgent(config({ ...named, VG_AGENT_GRPC_TRUSTED_NETWORKS: '10.20.0.0/16' }), runtime)).not.to.throw();
  });
});
