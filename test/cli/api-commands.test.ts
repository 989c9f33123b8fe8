import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { Command, CommanderError } from 'commander';
import { callsCommand } from '../../src/cli/api/calls.js';
import { tenantsCommand } from '../../src/cli/api/tenants.js';
import type { Terminal } from '../../src/cli/api/terminal.js';
import { storyOf } from '../../src/domain/call/call-story.js';
import { summaryOf } from '../../src/domain/call/call-summary.js';
import { tenantId } from '../../src/domain/shared/ids.js';
import { aCallRecord } from '../support/builders/a-call.js';
import { aDomainEvent } from '../support/builders/a-domain-event.js';
import { aTenant } from '../support/builders/a-tenant.js';
import { ApiScene } from '../support/servers/api-scene.js';
import { until } from '../support/until.js';

const RECORD = aCallRecord();
const CALL = RECORD.callId;

describe('commands that speak to the API', () => {
  let scene: ApiScene;
  let output: string;
  let complaints: string;
  let exitCode: number;
  let interrupt: AbortController;
  let env: Record<string, string>;

  beforeEach(async () => {
    scene = new ApiScene();
    await scene.open();
    [output, complaints, exitCode] = ['', '', 0];
    interrupt = new AbortController();
    env = { VOICE_GATEWAY_API: scene.url, VOICE_GATEWAY_TOKEN: scene.token('admin') };
    const { application } = scene;
    application.accounts = [{ call: summaryOf(RECORD, []), story: null }];
    application.allTenants = [aTenant()];
    application.used.set(tenantId('north-bank'), { from: '', to: '', calls: 3, answeredCalls: 2, connectedMs: 90_000, speech: [] });
  });
  afterEach(async () => {
    interrupt.abort();
    await scene.close();
  });

  const run = async (...args: string[]): Promise<void> => {
    const terminal: Terminal = {
      env, reconnectMs: 10, interrupted: interrupt.signal,
      write: (text) => { output += text; }, complain: (text) => { complaints += text; }, setExitCode: (code) => { exitCode = code; },
    };
    const program = new Command('voice-gateway').exitOverride().addCommand(callsCommand(terminal)).addCommand(tenantsCommand(terminal));
    try {
      await program.parseAsync(['node', 'voice-gateway', ...args]);
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      exitCode = error.exitCode === 0 ? 0 : 2;
    }
  };
  const ok = (): void => { expect({ exitCode, complaints }).to.deep.equal({ exitCode: 0, complaints: '' }); };

  it('calls ls: a table, or JSON', async () => {
    await run('calls', 'ls', '--state', 'live', '--limit', '5');
    ok();
    expect(output.split('\n')[0]).to.match(/^CALL +STATE +DIRECTION +FROM +TO +AGENT +STARTED +LASTED +ENDED BY$/u);
    expect(output.split('\n')[1]).to.match(new RegExp(`^${CALL}  ringing +inbound +\\+15550100 `, 'u'));
    output = '';
    await run('calls', 'ls', '--json');
    expect(JSON.parse(output)).to.have.nested.property('calls[0].callId', CALL);
    output = '';
    await run('calls', 'ls', '--state', 'ended');
    expect(output).to.equal('No calls.\n');
  });

  it('calls ls and get: that it is only part of what there is', async () => {
    const call = summaryOf(RECORD, []);
    scene.application.queries.calls = () => Promise.resolve({ calls: [call], cursor: null, partial: true });
    scene.application.queries.call = () => Promise.resolve({ call, story: null, partial: true });
    await run('calls', 'ls');
    expect(complaints).to.match(/only the live calls that this node knows/iu);
    await run('calls', 'get', CALL);
    expect(complaints).to.match(/only how the call stands/iu);
  });

  it('calls get: who said what, and where the time went', async () => {
    const events = [
      aDomainEvent({ type: 'stt.transcribed', turnIndex: 1, text: 'Where is my card?', confidence: null, via: 'speech', digitCount: 0, startAtMs: 0, endAtMs: 500 }),
      aDomainEvent({ type: 'turn.completed', turnIndex: 1, source: 'agent', said: 'On its way.', heard: 'On', interrupted: true, startedAtMs: 1, endedAtMs: 2, latency: { endpointMs: 400, sttFinalMs: 50, agentFirstTextMs: 120, ttsFirstAudioMs: 80, playoutMs: 20, totalMs: 670.25 } }),
      aDomainEvent({ type: 'call.transfer_failed', target: 'support', reason: 'queue-full' }),
      aDomainEvent({ type: 'call.transfer_failed', target: '+4930111', reason: 'unreachable', cause: { code: 34, name: 'No circuit/channel available' } }),
      aDomainEvent({ type: 'call.resumed', formerNode: 'node-2', gapMs: 5000 }),
      aDomainEvent({ type: 'error.llm_timeout', code: 'agent/timeout', turnIndex: 1 }),
    ];
    scene.application.accounts = [{ call: summaryOf(RECORD, events), story: storyOf(events) }];
    await run('calls', 'get', CALL);
    ok();
    expect(output).to.include(`${CALL}  inbound, ringing\n`).and.to.include('caller    Where is my card?').and.to.include('On its way. [cut; heard: On]');
    expect(output).to.match(/transfer  failed to support \(queue-full\)\n/u).and.to.match(/resumed   by another node: node-2 had been silent for 5\.0 s\n/u).and.to.match(/error     llm: agent\/timeout\n/u);
    expect(output).to.include('failed to +4930111 (unreachable: 34 No circuit/channel available)\n');
    expect(output).to.include(' 670 ms = endpoint 400 + stt 50 + llm 120 + tts 80 + playout 20');
    output = '';
    await run('calls', 'get', CALL, '--json');
    expect(JSON.parse(output)).to.have.property('conversation').with.lengthOf(2);
  });

  it('lets nothing that a caller has chosen steer the terminal', async () => {
    const said = aDomainEvent({ type: 'stt.transcribed', turnIndex: 1, text: 'a\u001b[2J\u009b1m\u202eb', confidence: null, via: 'speech', digitCount: 0, startAtMs: 0, endAtMs: 500 });
    const record = aCallRecord({ callerNumber: '\u001b]0;x\u0007' });
    scene.application.accounts = [{ call: summaryOf(record, [said]), story: storyOf([said]) }];
    await run('calls', 'ls');
    await run('calls', 'get', CALL);
    expect(output).not.to.match(/[^\P{C}\n]/u);
    expect(output).to.include('a\ufffd[2J\ufffd1m\ufffdb');
  });

  const orders: readonly (readonly [readonly string[], object])[] = [
    [['hangup', CALL], { type: 'hang-up' }], [['say', CALL, 'One moment.'], { type: 'say', text: 'One moment.' }], [['dtmf', CALL, '12#'], { type: 'send-dtmf', digits: '12#' }],
    [['transfer', CALL, '--number', '+4930555'], { type: 'transfer', attended: false, briefing: '', target: { kind: 'number', number: '+4930555' } }],
    [['transfer', CALL, '--queue', 'support', '--briefing', 'A card.'], { type: 'transfer', attended: true, briefing: 'A card.', target: { kind: 'queue', queue: 'support' } }],
  ];
  for (const [args, order] of orders) {
    it(`calls ${args.filter((arg) => arg !== CALL).join(' ')}`, async () => {
      await run('calls', ...args);
      ok();
      expect(output).to.equal('accepted\n');
      expect(scene.application.orders.map((given) => given.order)).to.deep.equal([order]);
    });
  }

  it('calls place: the id of the call, with the key that makes it one', async () => {
    scene.application.placing = { call: aCallRecord({ direction: 'outbound' }), repeated: false };
    await run('calls', 'place', '--agent', 'card-delivery', '--to', '+493012345678', '--key', 'order-7');
    ok();
    expect(output).to.equal(`${CALL}\n`);
    expect(scene.application.placings[0]).to.include({ to: '+493012345678', idempotencyKey: 'order-7' });
  });

  it('tenants ls, get, usage', async () => {
    env['VOICE_GATEWAY_TOKEN'] = scene.token('platform');
    await run('tenants', 'ls');
    ok();
    expect(output).to.match(/^TENANT +NAME +ACTIVE/u).and.to.include('north-bank');
    output = '';
    await run('tenants', 'get', 'north-bank');
    expect(JSON.parse(output)).to.include({ tenantId: 'north-bank' });
    output = '';
    await run('tenants', 'usage', 'north-bank', '--from', '2026-11-01', '--to', '2026-11-10');
    expect(JSON.parse(output)).to.include({ calls: 3, connectedMinutes: 1.5, from: '2026-11-01' });
    ok();
  });

  const told: readonly (readonly [string, readonly string[], number, RegExp, (() => void)?])[] = [
    ['a wrong token', ['calls', 'ls'], 1, /Who asks\?[^]*fix: a token[^]*request 0/u, () => { env['VOICE_GATEWAY_TOKEN'] = 'forged'; }],
    ['a token that has run out', ['calls', 'ls'], 1, /\n {2}the token ran out at 2001-09-09T01:46:40\.000Z\n {2}fix: /u, () => { env['VOICE_GATEWAY_TOKEN'] = `e30.${Buffer.from('{"exp":1000000000}').toString('base64url')}.e30`; }],
    ['no token', ['calls', 'ls'], 2, /No token was given/u, () => { delete env['VOICE_GATEWAY_TOKEN']; }],
    ['a token that is none', ['calls', 'ls'], 2, /That is no token/u, () => { env['VOICE_GATEWAY_TOKEN'] = 'a\u00fc b'; }],
    ['a file that is not there', ['calls', 'ls', '--token-file', '/nowhere/token'], 2, /cannot be read from \/nowhere\/token/u],
    ['nobody there', ['calls', 'ls', '--url', 'http://127.0.0.1:9'], 1, /No management API answers at http:\/\/127\.0\.0\.1:9/u],
    ['no address', ['calls', 'ls', '--url', 'localhost:8081'], 2, /is no address/u],
    ['a call that is not there', ['calls', 'get', '01JCTEST0000000000N0TH1NG0'], 1, /There is nothing here/u],
    ['a call that is none', ['calls', 'get', 'x'], 1, /path\.callId: a ULID/u],
    ['what may not be', ['tenants', 'ls'], 1, /This is not for you/u],
    ['a limit that is none', ['calls', 'ls', '--limit', '0'], 2, /a whole number above 0/u],
    ['no target', ['calls', 'transfer', CALL], 2, /Where to\?/u],
    ['two targets', ['calls', 'transfer', CALL, '--number', '1', '--queue', 'a'], 2, /Where to\?/u],
    ['an option that nobody knows', ['calls', 'ls', '--colour'], 2, /unknown option/u],
    ['no call', ['calls', 'hangup'], 2, /missing required argument/u],
    ['nobody to call', ['calls', 'place', '--agent', 'a'], 2, /required option/u],
    ['a refusal', ['calls', 'place', '--agent', 'card-delivery', '--to', '1'], 1, /\(destination-not-allowed\)\n {2}outbound-off/u],
  ];
  for (const [name, args, code, message, prepare] of told) {
    it(`tells of ${name}`, async () => {
      prepare?.();
      await run(...args);
      expect(complaints).to.match(message);
      expect(complaints, 'no stack').not.to.match(/\n +at /u);
      expect({ exitCode, output }).to.deep.equal({ exitCode: code, output: '' });
    });
  }

  it('tells of something else that answers there', async () => {
    let found = true;
    const other = createServer((_request, response) => { response.writeHead(found ? 200 : 404, { connection: 'close' }).end(found ? '<html>' : '{"title":"There is nothing here."}'); });
    await new Promise<void>((resolve) => { other.listen(0, '127.0.0.1', resolve); });
    for (const command of ['ls', 'tail', 'ls']) {
      await run('calls', command, '--url', `http://127.0.0.1:${(other.address() as AddressInfo).port}`);
      found = command !== 'tail'; // then the health port, say
    }
    await new Promise((resolve) => { other.close(resolve); });
    expect(complaints.match(/is not the management API/gu)).to.have.lengthOf(3);
    expect(exitCode).to.equal(1);
  });

  it('takes the token from a file', async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'vg-cli-'));
    await writeFile(path.join(directory, 'token'), `${env['VOICE_GATEWAY_TOKEN'] ?? ''}\n`);
    delete env['VOICE_GATEWAY_TOKEN'];
    await run('calls', 'ls', '--token-file', path.join(directory, 'token'));
    await rm(directory, { recursive: true });
    ok();
  });

  describe('calls tail', () => {
    const happen = (text: string): void => {
      scene.application.feed.publish([aDomainEvent({ type: 'stt.transcribed', turnIndex: 1, text, confidence: null, via: 'speech', digitCount: 0, startAtMs: 0, endAtMs: 500 })]);
    };

    it('tells what happens, comes back when the server has gone, misses nothing, and ends when it is told to', async () => {
      const following = run('calls', 'tail');
      await until(() => output.includes('current'));
      happen('one');
      await until(() => output.includes('"one"'));
      const { application } = scene;
      const port = Number(new URL(scene.url).port);
      await scene.close();
      happen('two');
      const again = new ApiScene({ application, port });
      again.token('admin');
      await again.open();
      await until(() => output.includes('"two"'));
      expect(output.match(/"one"/gu), 'told once').to.have.lengthOf(1);
      expect(output).not.to.include('gap');
      interrupt.abort();
      await following;
      await again.close();
      ok();
    });

    it('gives up when nobody has answered for some time', async () => {
      await run('calls', 'tail', '--url', 'http://127.0.0.1:9');
      expect(exitCode).to.equal(1);
      expect(complaints).to.include('No management API answers');
    });

    it('asks no second time with a token that is not believed', async () => {
      env['VOICE_GATEWAY_TOKEN'] = 'forged';
      await run('calls', 'tail');
      expect(exitCode).to.equal(1);
      expect(complaints.match(/Who asks/gu)).to.have.lengthOf(1);
    });

    it('prints JSON lines', async () => {
      const following = run('calls', 'tail', CALL, '--json');
      await until(() => output.includes('current'));
      happen('one');
      await until(() => output.includes('"one"'));
      interrupt.abort();
      await following;
      expect(output.trim().split('\n').map((line) => (JSON.parse(line) as { type: string }).type)).to.deep.equal(['current', 'stt.transcribed']);
    });
  });
});
