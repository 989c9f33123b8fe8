import { expect } from 'chai';
import { idSourceContract } from '../../contract/id-source.contract.js';
import { loggerContract } from '../../contract/logger.contract.js';
import { metricsContract } from '../../contract/metrics.contract.js';
import { RecordingLogger } from './recording-logger.js';
import { RecordingMetrics } from './recording-metrics.js';
import { SequentialIds } from './sequential-ids.js';
import { silentLogger } from './silent-logger.js';

describe('SequentialIds', () => {
  idSourceContract(() => new SequentialIds());

  it('counts from 1', () => {
    expect(new SequentialIds('01JC').next()).to.equal('01JC0000000000000000000001');
  });
});

describe('RecordingLogger', () => {
  loggerContract(() => {
    const logger = new RecordingLogger();
    return { logger, lines: () => logger.lines.map((line) => line.fields) };
  });
});

describe('silentLogger', () => {
  it('never throws and stays silent below', () => {
    expect(silentLogger.with({ callId: 'x' })).to.equal(silentLogger);
  });
});

describe('RecordingMetrics', () => {
  metricsContract(() => {
    const metrics = new RecordingMetrics();
    return {
      metrics,
      value: (name, labels) => Promise.resolve(metrics.value(name, labels)),
      observed: (name, labels) => Promise.resolve(metrics.observations(name, labels).length),
    };
  });

  it('throws on a wrong kind or wrong labels: in a test that is a bug', () => {
    const metrics = new RecordingMetrics();
    expect(() => { metrics.gauge('calls_total', 1); }).to.throw('calls_total is a counter');
    expect(() => { metrics.count('barge_ins_total'); }).to.throw('[tenant]');
  });
});
