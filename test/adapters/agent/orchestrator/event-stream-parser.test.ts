import { expect } from 'chai';
import fc from 'fast-check';
import { EventStreamParser, type ServerEvent } from '../../../../src/adapters/agent/orchestrator/event-stream-parser.js';

const parse = (...chunks: readonly (string | Uint8Array)[]): readonly ServerEvent[] => {
  const parser = new EventStreamParser();
  return chunks.flatMap((chunk) => parser.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
};

describe('EventStreamParser', () => {
  it('reads events with one blank after the colon, several data lines, and no name', () => {
    expect(parse('event: delta\ndata: {"a":1}\n\n')).to.deep.equal([{ name: 'delta', data: '{"a":1}' }]);
    expect(parse('data:x\ndata:  y\ndata\n\n')).to.deep.equal([{ name: 'message', data: 'x\n y\n' }]);
    expect(parse('event: done\n\n')).to.deep.equal([{ name: 'done', data: '' }]);
  });

  it('passes over comments, ids, retries and unknown fields', () => {
    expect(parse(': hello\nid: 7\nretry: 10\nfoo: bar\n\n: more\n\ndata: x\n\n')).to.deep.equal([{ name: 'message', data: 'x' }]);
  });

  it('takes all three line ends, also when they are cut', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = ['event: a', 'data: 1', '', 'event: b', 'data: 2', '', ': tail'].join(end);
      expect(parse(...Array.from(text)), JSON.stringify(end)).to.deep.equal([{ name: 'a', data: '1' }, { name: 'b', data: '2' }]);
    }
  });

  it('reads a long line that comes byte by byte', () => {
    const data = 'x'.repeat(60_000);
    expect(parse(...Array.from(`data: ${data}\r`), '\n\n')).to.deep.equal([{ name: 'message', data }]);
  });

  it('reads the same events however the bytes are cut', () => {
    const bytes = Buffer.from('event: delta\r\ndata: {"text":"grün 😀 卡"}\r\n\r\ndata: é\n\n');
    fc.assert(fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      expect(parse(...chunks)).to.deep.equal([{ name: 'delta', data: '{"text":"grün 😀 卡"}' }, { name: 'message', data: 'é' }]);
    }));
  });

  it('does not give out an event that has not ended', () => {
    expect(parse('event: delta\ndata: {"text":"a"}\n')).to.deep.equal([]);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parse(Uint8Array.of(0x64, 0xff, 0xfe))).to.throw('not UTF-8');
  });

  it('refuses a line and an event beyond 64 KB, however they are cut', () => {
    const piece = 'x'.repeat(1024);
    expect(() => parse('data: ', ...Array<string>(65).fill(piece))).to.throw('an event without end');
    expect(() => parse(...Array<string>(65).fill(`data: ${piece}\n`))).to.throw('an event without end');
    expect(parse(...Array<string>(60).fill(`data: ${piece}\n`), '\n')).to.have.length(1);
    expect(() => parse(`: ${'x'.repeat(70_000)}`)).to.throw('an event without end');
  });

  it('never throws anything but agent/protocol, whatever comes', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
      try {
        parse(...chunks);
      } catch (error) {
        expect(error).to.include({ code: 'agent/protocol' });
      }
    }), { numRuns: 500 });
  });
});
