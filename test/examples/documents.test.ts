import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { DEFAULT_ORCHESTRATOR_LIMITS } from '../../src/adapters/agent/orchestrator/orchestrator-agent.js';
import { readEvent, WIRE_LIMITS } from '../../src/adapters/agent/orchestrator/wire.js';
import { Talk } from './reference-orchestrator/conversation-script.js';

const contract = readFileSync('docs/reference/orchestrator-contract.md', 'utf8');
const readme = readFileSync('examples/reference-orchestrator/README.md', 'utf8');

describe('docs/reference/orchestrator-contract.md', () => {
  it('shows a stream that the gateway understands', () => {
    const stream = /```text\n(.*?)```/su.exec(contract)?.[1] ?? '';
    const events = [...stream.matchAll(/event: (\w+)\ndata: (.*)/gu)].map(([, name = '', data = '']) => readEvent(name, data));
    expect(events.map((event) => (typeof event === 'object' ? event?.type : event))).to.deep.equal(['text', 'text', 'collect-digits', 'done']);
  });

  it('names the events that the gateway understands, and no others', () => {
    const named = [...contract.matchAll(/^\| `(\w+)`(?:, `(\w+)`)? \| `\{/gmu)].flatMap(([, one, two]) => [one, two]).filter((name) => name !== undefined);
    expect(named).to.deep.equal(['delta', 'say', 'collect_digits', 'transfer', 'escalate', 'hangup', 'end', 'done', 'error']);
    for (const name of named) expect(() => { if (readEvent(name, '{}') === null) throw new Error('unknown'); }, name).to.not.throw('unknown');
  });

  it('gives the limits that hold', () => {
    const { connectMs, requestMs, requestTotalMs, firstOutputMs, idleMs, replyMs } = DEFAULT_ORCHESTRATOR_LIMITS;
    for (const row of [
      `| connecting | ${connectMs / 1000} s |`, `one try / all tries | ${requestMs / 1000} s / ${requestTotalMs / 1000} s |`, `all tries together | ${firstOutputMs / 1000} s |`,
      `next sign of life of a reply | ${idleMs / 1000} s |`, `a whole reply | ${replyMs / 1000} s |`, `| actions of a reply | ${WIRE_LIMITS.actionsMax} |`,
      `| ${WIRE_LIMITS.eventBytesMax / 1024} KB / ${WIRE_LIMITS.streamBytesMax / 1024 / 1024} MB / ${WIRE_LIMITS.bodyBytesMax / 1024} KB |`,
      `| text of a reply | ${String(WIRE_LIMITS.textCharactersMax).replace('768', ' 768')} characters |`,
    ]) expect(contract).to.include(row);
  });
});

describe('the README of the reference orchestrator', () => {
  it('shows a dialogue that works', () => {
    const talk = Talk.withYaml(/```yaml\n(.*?)```/su.exec(readme)?.[1] ?? '');
    expect(talk.say('how is it in paris')).to.equal('In Paris it will be rainy, and fifteen degrees. Another city?');
    expect(talk.say('london')).to.match(/only know/u);
    talk.say('no thank you');
    expect(talk.actions).to.deep.equal(['hangup']);
  });
});
