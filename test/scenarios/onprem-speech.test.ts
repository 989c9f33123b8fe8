import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { CloseStack } from '../../src/application/lifecycle/close-stack.js';
import { Platform, type SimulationResult } from '../support/platform.js';
import { ChildProgram } from '../support/servers/child-program.js';
import { SippCall } from '../support/sipp/run-sipp.js';
import { until } from '../support/until.js';

const SERVER = 'dist/examples/onprem-speech-server/main.js';
const TOKEN = 'example-token';
const BANK = '5551000';
const NARROW = '5551001';

const tenant = (id: string, did: string, providers: string, detector = 'local'): string => `
id: ${id}
name: North Bank
dids: [{ number: "${did}", agent: card-delivery }]
agents:
  - id: card-delivery
    name: Card delivery
    language: en-US
    speech: { stt: [${providers}], tts: [${providers}, local], vad: ${detector}, voice: rms, backupVoices: { local: rms }, grammar: "${path.resolve('examples/grammars/card-delivery.jsgf')}" }
    prompts: { greeting: Welcome to North Bank card service. How can I help you? }
    fallback: { extension: person }
    turnPolicy: { endOfTurnSilenceMs: 400 }
`;

/** The conversation of the demo without its times: those of two recognisers on a machine that others use say nothing. */
const CALL = `
did: "${BANK}"
caller_number: "4930777031"
voice: slt
steps:
  - wait_agent
  - expect_agent: { text: how can i help you, via: both }
  - say: where is my card
  - wait_agent
  - expect_agent: { text: please tell me your customer number, via: both }
  - dtmf: "471123"
  - wait_agent
  - dtmf: "2468"
  - wait_agent
  - expect_agent: { text: it will arrive on thursday, via: both }
  - say: no thank you goodbye
  - wait_end
expect:
  end_reason: agent_hangup
  heard_exactly: true
`;
const FULL_CALL = `
did: "${NARROW}"
caller_number: "4930777032"
steps:
  - wait_end
expect:
  end_reason: transferred
`;

/** Calls through a real Asterisk whose speech comes from a server of one's own: the one of examples/onprem-speech-server, as a process. */
describe('A call with a speech server of one\'s own', function () {
  this.timeout(120_000);
  const owned = new CloseStack();
  let directory: string;
  let server: ChildProgram;
  let platform: Platform;

  before(async function () {
    this.timeout(180_000);
    directory = await mkdtemp(path.join(os.tmpdir(), 'vg-onprem-'));
    owned.defer('directory', () => rm(directory, { recursive: true, force: true }));
    server = await ChildProgram.start({ name: 'speech server', args: [SERVER, '--port', '0'], env: { SPEECH_TOKEN: TOKEN }, ready: (output) => output.includes('listening on'), readyTimeoutMs: 30_000 });
    owned.defer('speech server', () => server.stop());
    const url = /listening on (\S+)/u.exec(server.output)?.[1] ?? '';
    const account = `provider: onprem, url: "${url}", token: ${TOKEN}, voices: rms=en-US, grammars: true, wordTimes: true`;
    await mkdir(path.join(directory, 'tenants'));
    const files = {
      'gateway.yaml': `asterisk: { app: voice-gateway }\ntenants: { directory: tenants }\nspeech:\n  accounts:\n    ours: { ${account} }\n    narrow: { ${account}, sttStreamsMax: 1 }\n`,
      'tenants/bank.yaml': tenant('north-bank', BANK, 'ours, local', 'ours'), 'tenants/narrow.yaml': tenant('narrow-bank', NARROW, 'narrow'),
      'call.yaml': CALL, 'full-call.yaml': FULL_CALL,
    };
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(directory, name), content);
    platform = await Platform.start({ configFile: path.join(directory, 'gateway.yaml') });
    owned.defer('platform', () => platform.stop());
  });
  after(() => owned.close());
  afterEach('leaves nothing behind', async () => { await platform.untilIdle(); });

  const expectGood = ({ calls, output }: SimulationResult): void => { expect(calls.map(({ failures }) => failures), output).to.deep.equal([[]]); };
  /** Who recognised and who spoke in the call that ended last. */
  const usedInLastCall = async (): Promise<readonly unknown[]> => {
    const last = (await platform.events()).filter(({ type }) => type.includes('call.ended')).at(-1);
    return (last?.data['speech'] as readonly { readonly provider: string }[]).map(({ provider }) => provider);
  };

  it('is understood and answered by it alone', async () => {
    expectGood(await platform.simulate([path.join(directory, 'call.yaml')]));
    expect(await usedInLastCall()).to.deep.equal(['ours']);
    expect(await platform.metric('provider_fallbacks_total')).to.equal(0);
  });

  it('is handed over when all that its account may use is in use', async () => {
    const first = await SippCall.start('talk', { sipPort: platform.asterisk.sipPort, did: NARROW, pauseMs: 10_000 });
    await until(async () => await platform.metric('calls_active') === 1);
    expectGood(await platform.simulate([path.join(directory, 'full-call.yaml')]));
    expect(await platform.metric('provider_busy_total', { port: 'speech-to-text', provider: 'narrow', tenant: 'narrow-bank' })).to.be.greaterThan(0);
    expect(await platform.metric('provider_well', { port: 'speech-to-text', provider: 'narrow' }), 'no fault of the server').to.equal(1);
    expect(platform.gateway.output).to.contain('a speech provider is passed over: its limit is reached');
    expect(await first.done()).to.include({ ok: true });
  });

  it('goes on with the engines of the gateway when the server is killed in the middle of it', async () => {
    const turns = async (): Promise<number> => (await platform.events()).filter(({ type }) => type.includes('turn.completed')).length;
    const before = await turns();
    const call = platform.simulate([path.join(directory, 'call.yaml')]);
    await until(async () => await turns() > before); // the caller has been answered once
    await server.stop('SIGKILL');
    expectGood(await call);
    expect(await usedInLastCall()).to.deep.equal(['ours', 'local']);
    for (const port of ['speech-to-text', 'voice-activity']) expect(await platform.metric('provider_fallbacks_total', { port }), port).to.be.greaterThan(0);
  });
});
