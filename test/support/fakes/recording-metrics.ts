import { METRICS, type MetricLabels, type MetricName, type Metrics } from '../../../src/application/ports/metrics.js';

interface Sample {
  readonly labels: MetricLabels;
  readonly values: number[];
}

/**
 * Keeps every measurement. Unlike the real adapter it throws on a metric used with the wrong kind or labels:
 * in a test that is a bug to be seen, not survived.
 */
export class RecordingMetrics implements Metrics {
  private readonly samples = new Map<MetricName, Map<string, Sample>>();

  count(name: MetricName, labels: MetricLabels = {}, by = 1): void {
    this.sample(name, 'counter', labels).values.push(by);
  }

  gauge(name: MetricName, value: number, labels: MetricLabels = {}): void {
    this.sample(name, 'gauge', labels).values.push(value);
  }

  observe(name: MetricName, seconds: number, labels: MetricLabels = {}): void {
    this.sample(name, 'histogram', labels).values.push(seconds);
  }

  /** Sum of a counter or last value of a gauge, over the series whose labels contain `labels`; 0 when never touched. */
  value(name: MetricName, labels: MetricLabels = {}): number {
    const matching = this.matching(name, labels);
    return METRICS[name].kind === 'gauge'
      ? matching.reduce((sum, sample) => sum + (sample.values.at(-1) ?? 0), 0)
      : matching.flatMap((sample) => sample.values).reduce((sum, value) => sum + value, 0);
  }

  /** Observed seconds of a histogram, over the series whose labels contain `labels`. */
  observations(name: MetricName, labels: MetricLabels = {}): readonly number[] {
    return this.matching(name, labels).flatMap((sample) => sample.values);
  }

  private matching(name: MetricName, labels: MetricLabels): readonly Sample[] {
    const wanted = Object.entries(labels);
    return [...(this.samples.get(name)?.values() ?? [])].filter(({ labels: own }) => wanted.every(([key, value]) => own[key] === value));
  }

  private sample(name: MetricName, kind: 'counter' | 'gauge' | 'histogram', labels: MetricLabels): Sample {
    const definition = METRICS[name];
    if (definition.kind !== kind) throw new Error(`${name} is a ${definition.kind}, used as a ${kind}`);
    const expected = [...definition.labels].sort().join();
    const given = Object.keys(labels).sort().join();
    if (expected !== given) throw new Error(`${name} takes the labels [${expected}], given [${given}]`);
    const series = this.samples.get(name) ?? new Map<string, Sample>();
    this.samples.set(name, series);
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => a.localeCompare(b)));
    const sample = series.get(key) ?? { labels, values: [] };
    series.set(key, sample);
    return sample;
  }
}
