import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { describeScriptFault } from '../../../src/adapters/simulation/script-fault.js';
import { loadScript } from '../../../src/adapters/simulation/load-script.js';
import type { CallScript } from '../../../src/domain/simulation/script.js';

function load(text: string): CallScript {
  const loaded = loadScript('calls/a.yaml', () => text);
  if (!loaded.ok) throw new Error(loaded.faults.map(describeScriptFault).join('\n'));
  return loaded.script;
}

function faults(text: string): readonly string[] {
  const loaded = loadScript('calls/a.yaml', () => text);
  return loaded.ok ? [] : loaded.faults.map((fault) => describeScriptFault(fault).split('\n  fix: ').join(' → '));
}

describe('loadScript', () => {
  it('reads every step, with what a script leaves out', () => {
    const { steps } = load(`
did: "5551000"
steps:
  - wait_agent
  - say: hello
  - wait_agent: { quiet_ms: 500, deadline_ms: 3000, speech_ms_max: 20000 }
  - expect_agent: welcome
  - { say: nine, voice: slt, heard: "9" }
  - dtmf: "471#"
  - { interrupt_after_ms: 800, say: stop }
  - { interrupt_after_ms: 800, wav: noise.wav }
  - { wav: line.wav, text: good day, heard: "*" }
  - silence: 2000
  - wait_end
  - expect_agent: { matches: '^good\\s?bye', via: both }
`);
    const lines = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    expect(steps).to.deep.equal([
      { kind: 'wait-agent', quietMs: 700, deadlineMs: 10_000, speechMsMax: 30_000 },
      { kind: 'say', line: { kind: 'text', text: 'hello', voice: null }, heard: { kind: 'as-said' } },
      { kind: 'wait-agent', quietMs: 500, deadlineMs: 3000, speechMsMax: 20_000 },
      { kind: 'expect-agent', wanted: { kind: 'text', text: 'welcome' }, via: 'events' },
      { kind: 'say', line: { kind: 'text', text: 'nine', voice: 'slt' }, heard: { kind: 'text', text: '9' } },
      { kind: 'press', digits: '471#', gapMs: 220 },
      { kind: 'interrupt', afterMs: 800, deadlineMs: 10_000, line: { kind: 'text', text: 'stop', voice: null }, heard: { kind: 'as-said' } },
      { kind: 'interrupt', afterMs: 800, deadlineMs: 10_000, line: { kind: 'wav', file: `${process.cwd()}/calls/noise.wav`, text: null }, heard: { kind: 'any' } },
      { kind: 'say', line: { kind: 'wav', file: `${process.cwd()}/calls/line.wav`, text: 'good day' }, heard: { kind: 'any' } },
      { kind: 'silence', durationMs: 2000 },
      { kind: 'wait-end', deadlineMs: 15_000 },
      { kind: 'expect-agent', wanted: { kind: 'pattern', pattern: '^good\\s?bye' }, via: 'both' },
    ].map((act, index) => ({ ...act, sourceLine: lines[index] })));
  });

  it('refuses a bomb of aliases as it does any other faulty file', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefg'.split('').map((name, index) => `${name}: &${name} [${`*${'abcdefg'[index] ?? ''},`.repeat(9)}x]`)].join('\n');
    expect(faults(bomb)).to.have.lengthOf(1);
    expect(faults(bomb)[0]).to.contain('Excessive alias count').and.to.contain('repeat less');
  });

  it('reads what is expected of the call', () => {
    const script = load(`
name: my-call
did: "+495551000"
caller_number: "123"
voice: awb
limit_ms: 60000
grammar: [hello there]
steps: [wait_agent, hangup]
expect: { end_reason: caller_hangup, greeting_ms_max: 300, response_ms_p50_max: 900, response_ms_max: 2000, stop_ms_max: 400, max_gap_ms: 2000, transfers: [person], heard_exactly: true, cause_code: 16 }
`);
    expect([script.name, script.did, script.callerNumber, script.voice, script.limitMs, script.grammar]).to.deep.equal(['my-call', '+495551000', '123', 'awb', 60_000, ['hello there']]);
    expect(script.expect).to.deep.equal({
      endReason: 'caller_hangup', answered: true, causeCode: 16, greetingMsMax: 300, responseMsP50Max: 900, responseMsMax: 2000,
      stopMsMax: 400, gapMsMax: 2000, transfers: ['person'], heardExactly: true,
    });
  });

  it('names a call after its file', () => {
    expect(load('did: "1"\nsteps: [hangup]').name).to.equal('a');
  });

  it('tells every fault at once, each with place and fix', () => {
    expect(faults(`
did: 5551000
colour: red
steps:
  - sya: hello
  - say:
  - dtmf: 47x
  - { wait_agent: { quiet_ms: soon } }
  - { interrupt_after_ms: 100 }
expect:
  end_reason: boredom
  max_gap: 2
`)).to.deep.equal([
      'calls/a.yaml:2:6: did must be text: put it in quotes → correct the value; docs/guides/simulated-caller.md has examples',
      'calls/a.yaml:3:1: colour is not known → see docs/guides/simulated-caller.md; remove it or mind the spelling',
      'calls/a.yaml:5:5: steps[0] is not a step → write one of: interrupt_after_ms, say, wav, dtmf, wait_agent, silence, hangup, expect_agent, wait_end',
      'calls/a.yaml:6:9: steps[1].say must be text: put it in quotes → correct the value; docs/guides/simulated-caller.md has examples',
      'calls/a.yaml:7:11: steps[2].dtmf must be keys: 0-9 * # A-D → correct the value; docs/guides/simulated-caller.md has examples',
      'calls/a.yaml:8:31: steps[3].wait_agent.quiet_ms must be whole milliseconds, at most an hour → correct the value; docs/guides/simulated-caller.md has examples',
      'calls/a.yaml:9:5: steps[4] must say something: one of say or wav → add say: … with what the caller says into the agent’s words',
      'calls/a.yaml:11:15: expect.end_reason must be one of: caller_hangup, agent_hangup, transferred, api_hangup, caller_silent, time_limit, drained, abandoned, lost, unknown_did, tenant_inactive, tenant_limit, busy, no_answer, rejected, unreachable, node_limit, overloaded, draining, internal_error, directory_failed, setup_failed, media_lost, agent_failed, speech_failed → correct the value; docs/guides/simulated-caller.md has examples',
      'calls/a.yaml:12:3: expect.max_gap is not known → see docs/guides/simulated-caller.md; remove it or mind the spelling',
    ]);
  });

  it('finds steps that can never come true where they stand', () => {
    expect(faults('did: "1"\nsteps: [say: hi, expect_agent: hello, hangup]')[0]).to.contain('a.yaml:2:18: steps[1] expects words before the agent had time to say them');
    expect(faults('did: "1"\nsteps: [hangup, say: hi]')[0]).to.contain('steps[1] comes after hangup');
    expect(faults('did: "1"\nsteps: [wait_end, say: hi]')[0]).to.contain('steps[1] comes after wait_end');
  });

  it('refuses what could not be checked', () => {
    expect(faults('did: "1"\nsteps: [wait_agent, expect_agent: { matches: "(" }]')[0]).to.contain('is not a regular expression');
    expect(faults('did: "1"\nsteps: [wait_agent, expect_agent: { text: hi, matches: hi }]')[0]).to.contain('either text or matches');
    expect(faults('did: "1"\nsteps: [wait_agent, expect_agent: { text: 42 cards, via: audio }]')[0]).to.contain('write numbers as they are spoken');
  });

  it('tells broken YAML and missing files by their place', () => {
    expect(faults('did: "1"\nsteps: [')[0]).to.match(/^calls\/a\.yaml:2:\d+: not valid YAML/u);
    expect(faults('')).to.have.length(2);
    const loaded = loadScript('nowhere.yaml');
    expect(loaded.ok ? '' : loaded.faults[0]?.message).to.contain('cannot be read');
  });

  const shipped = ['examples/calls', 'test/scenarios/calls'].flatMap((directory) => readdirSync(directory).filter((name) => name.endsWith('.yaml')).map((name) => `${directory}/${name}`));
  for (const file of shipped) {
    it(`finds no fault in ${file}`, () => {
      const loaded = loadScript(file);
      expect(loaded.ok ? [] : loaded.faults.map(describeScriptFault)).to.deep.equal([]);
    });
  }
});
