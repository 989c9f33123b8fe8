import { expect } from 'chai';
import { PinoLogger, type LogLevel } from '../../../src/adapters/runtime/pino-logger.js';
import { maskNumbers } from '../../../src/adapters/runtime/number-masker.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { leaks } from '../../support/privacy/leaks.js';
import { loggerContract } from '../../contract/logger.contract.js';

type Line = Readonly<Record<string, unknown>>;

function aLogger(level: LogLevel = 'debug'): { logger: PinoLogger; text: () => string; lines: () => readonly Line[] } {
  const written: string[] = [];
  const logger = PinoLogger.open({ level, fields: { node: 'node-1' }, destination: { write: (line) => { written.push(line); } } });
  return { logger, text: () => written.join(''), lines: () => written.map((line) => JSON.parse(line) as Line) };
}

describe('PinoLogger', () => {
  loggerContract(() => aLogger());

  it('writes one JSON object per line, with level, time, message and the fields of the process', () => {
    const { logger, lines } = aLogger();
    logger.info('call answered', { callId: '01JC', setupMs: 12.5 });
    expect(lines()[0]).to.include({ level: 'info', msg: 'call answered', callId: '01JC', setupMs: 12.5, node: 'node-1' });
    expect(lines()[0]!['time']).to.match(/^\d{4}-\d{2}-\d{2}T.*Z$/u);
  });

  it('leaves out what is less important than its level', () => {
    const { logger, lines } = aLogger('warn');
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    expect(lines().map((line) => line['msg'])).to.deep.equal(['c', 'd']);
  });

  it('tells code, kind and causes of an error', () => {
    const { logger, lines } = aLogger();
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    logger.error('agent failed', {}, new PortError('no answer', { code: 'agent/unavailable', kind: 'unavailable', cause }));
    expect(lines()[0]!['error']).to.deep.include({ name: 'PortError', code: 'agent/unavailable', kind: 'unavailable', message: 'no answer' });
    expect((lines()[0]!['error'] as Line)['cause']).to.deep.include({ code: 'ECONNREFUSED' });
  });

  it('tells where a bug happened, and keeps stacks out of the failures of the world, which come by the hundred', () => {
    const { logger, lines } = aLogger();
    logger.error('bug', {}, new TypeError('x is undefined'));
    logger.warn('away', {}, new PortError('no answer', { code: 'agent/unavailable', kind: 'unavailable' }));
    expect((lines()[0]!['error'] as Line)['stack']).to.contain('pino-logger.test');
    expect(lines()[1]!['error']).to.not.have.property('stack');
  });

  it('lets no telephone number out, wherever it hides', () => {
    const { logger, text } = aLogger();
    const number = '+4915123456789';
    logger.info(`dialled ${number}`, { target: number });
    logger.with({ peer: `PJSIP/${number}@outbound` }).warn('failed', {}, new Error(`cannot reach ${number}`, { cause: new Error(number) }));
    expect(text()).not.to.contain('15123456789');
    expect(text()).to.contain('***6789');
  });

  it('lets no card number out, in figures or words', () => {
    const { logger, text } = aLogger();
    logger.warn('refused', { detail: 'pan=4012888888881881', amount: 4012888888881881 }, new Error('four oh one two, double eight double eight, double eight double eight, one double eight one'));
    expect(leaks(text(), ['4012888888881881'])).to.deep.equal([]);
    expect(text()).to.contain('[card ****1881]');
  });

  it('leaves identifiers readable', () => {
    const { logger, lines } = aLogger();
    const fields = { callId: '01JCTEST000000000000000001', channelId: '1732104000.12', legId: 'vg.node-1.17321040001234.in' };
    logger.info('leg', fields);
    expect(lines()[0]).to.include(fields);
  });
});

describe('maskNumbers', () => {
  for (const number of ['+15550100123', '5551000', '0049 30 1234567', '(030) 123-4567', '4111 1111 1111 1111', '4111-1111-1111-1111']) {
    it(`masks ${number}`, () => {
      const masked = maskNumbers(`call ${number}, please`);
      expect(masked).to.match(/^call \(?\*\*\*\d{4}, please$/u);
    });
  }

  for (const text of ['2026-11-20T12:00:00.000Z', '2026-11-20', '127.0.0.1:8088', '01JCTEST000000000000000001', 'in 123456 ms', 'node:internal/timers:581:17', '3f2a9c1b-1111-4222-8333-444455556666']) {
    it(`leaves ${text} alone`, () => {
      expect(maskNumbers(text)).to.equal(text);
    });
  }
});
