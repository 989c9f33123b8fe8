import { expect } from 'chai';
import { METRICS, type MetricName } from '../../../src/application/ports/metrics.js';
import { PrometheusMetrics } from '../../../src/adapters/runtime/prometheus-metrics.js';
import { metricsContract } from '../../contract/metrics.contract.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';

function sampleOf(page: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const line = page.split('\n').find((candidate) => {
    const [series] = candidate.split(' ');
    return series !== undefined && (series === name || series.startsWith(`${name}{`)) && Object.entries(labels).every(([key, value]) => series.includes(`${key}="${value}"`));
  });
  return Number(line?.split(' ').at(-1) ?? 0);
}

describe('PrometheusMetrics', () => {
  metricsContract(() => {
    const metrics = new PrometheusMetrics({ logger: silentLogger, processMetrics: false });
    return {
      metrics,
      value: async (name, labels) => sampleOf(await metrics.render(), `voicegw_${name}`, labels),
      observed: async (name, labels) => sampleOf(await metrics.render(), `voicegw_${name}_count`, labels),
    };
  });

  it('registers exactly the metrics of the port, with the prefix', async () => {
    const page = await new PrometheusMetrics({ logger: silentLogger, processMetrics: false }).render();
    const names = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gmu)].map(([, name, kind]) => `${name ?? ''} ${kind ?? ''}`).sort();
    expect(names).to.deep.equal((Object.keys(METRICS) as MetricName[]).map((name) => `voicegw_${name} ${METRICS[name].kind}`).sort());
  });

  it('tells about the process too', async () => {
    const page = await new PrometheusMetrics({ logger: silentLogger }).render();
    expect(page).to.contain('process_resident_memory_bytes').and.to.contain('nodejs_eventloop_lag_seconds');
  });

  it('drops a measurement with wrong labels and says so once', async () => {
    const logger = new RecordingLogger();
    const metrics = new PrometheusMetrics({ logger, processMetrics: false });
    metrics.count('barge_ins_total', { caller: '+1555' });
    metrics.count('barge_ins_total', { caller: '+1556' });
    metrics.gauge('calls_total', 1);
    expect(logger.messages('error')).to.have.lengthOf(2);
    expect(await metrics.render()).not.to.contain('+1555');
  });

  it('gives tenants beyond the 200th one series together', async () => {
    const metrics = new PrometheusMetrics({ logger: silentLogger, processMetrics: false });
    for (let tenant = 0; tenant < 250; tenant += 1) metrics.count('barge_ins_total', { tenant: `tenant-${tenant}` });
    metrics.count('barge_ins_total', { tenant: 'tenant-3' });
    const page = await metrics.render();
    expect(sampleOf(page, 'voicegw_barge_ins_total', { tenant: 'other' })).to.equal(50);
    expect(sampleOf(page, 'voicegw_barge_ins_total', { tenant: 'tenant-3' })).to.equal(2);
  });

  it('resolves the targets of the product: its buckets hold them as bounds', async () => {
    const page = await new PrometheusMetrics({ logger: silentLogger, processMetrics: false }).render();
    const metrics = new PrometheusMetrics({ logger: silentLogger, processMetrics: false });
    metrics.observe('greeting_latency_seconds', 0.2);
    metrics.observe('barge_in_stop_seconds', 0.2);
    metrics.observe('turn_latency_seconds', 0.2, { stage: 'total' });
    const filled = page + await metrics.render();
    expect(filled).to.contain('voicegw_greeting_latency_seconds_bucket{le="0.3"}');
    expect(filled).to.contain('voicegw_barge_in_stop_seconds_bucket{le="0.4"}');
    expect(filled).to.contain('voicegw_turn_latency_seconds_bucket{le="0.8",stage="total"}');
  });
});
