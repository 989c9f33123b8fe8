import { expect } from 'chai';
import { METRICS, type MetricName, type Metrics } from '../../src/application/ports/metrics.js';

export interface MetricsUnderTest {
  readonly metrics: Metrics;
  /** Sum of a counter or last value of a gauge. */
  readonly value: (name: MetricName, labels?: Readonly<Record<string, string>>) => Promise<number>;
  /** How often a histogram was observed. */
  readonly observed: (name: MetricName, labels?: Readonly<Record<string, string>>) => Promise<number>;
}

/** What every Metrics promises. */
export function metricsContract(make: () => MetricsUnderTest): void {
  describe('keeps the contract of Metrics', () => {
    it('takes every metric there is, with its labels', () => {
      const { metrics } = make();
      for (const name of Object.keys(METRICS) as MetricName[]) {
        const labels = Object.fromEntries(METRICS[name].labels.map((label) => [label, 'x']));
        if (METRICS[name].kind === 'counter') metrics.count(name, labels);
        else if (METRICS[name].kind === 'gauge') metrics.gauge(name, 1, labels);
        else metrics.observe(name, 0.5, labels);
      }
    });

    it('adds up what is counted, by labels', async () => {
      const { metrics, value } = make();
      metrics.count('barge_ins_total', { tenant: 'a' });
      metrics.count('barge_ins_total', { tenant: 'a' }, 2);
      metrics.count('barge_ins_total', { tenant: 'b' });
      expect(await value('barge_ins_total', { tenant: 'a' })).to.equal(3);
      expect(await value('barge_ins_total', { tenant: 'b' })).to.equal(1);
    });

    it('keeps the last value of a gauge', async () => {
      const { metrics, value } = make();
      metrics.gauge('calls_active', 3);
      metrics.gauge('calls_active', 1);
      expect(await value('calls_active')).to.equal(1);
    });

    it('counts observations', async () => {
      const { metrics, observed } = make();
      metrics.observe('turn_latency_seconds', 0.7, { stage: 'total' });
      metrics.observe('turn_latency_seconds', 0.2, { stage: 'total' });
      metrics.observe('turn_latency_seconds', 0.2, { stage: 'endpoint' });
      expect(await observed('turn_latency_seconds', { stage: 'total' })).to.equal(2);
    });
  });
}
