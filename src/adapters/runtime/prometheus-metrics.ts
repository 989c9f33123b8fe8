import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Logger } from '../../application/ports/logger.js';
import { METRICS, type MetricLabels, type MetricName, type Metrics } from '../../application/ports/metrics.js';
import { BUCKETS_SECONDS, DEFAULT_BUCKETS_SECONDS, METRIC_PREFIX } from './metric-buckets.js';

/** More tenants than this share one series, `other`: each label value costs memory here and in Prometheus. */
const TENANT_VALUES_MAX = 200;
const OTHER_TENANT = 'other';

export interface PrometheusMetricsOptions {
  readonly logger: Logger;
  /** Also memory, CPU, event loop and garbage collection of this process, under prom-client's usual names. Default true. */
  readonly processMetrics?: boolean;
}

/** Registers exactly METRICS. A measurement with a wrong kind or label is dropped and told once per metric: it must not end a call. */
export class PrometheusMetrics implements Metrics {
  private readonly registry = new Registry();
  private readonly counters = new Map<MetricName, Counter>();
  private readonly gauges = new Map<MetricName, Gauge>();
  private readonly histograms = new Map<MetricName, Histogram>();
  private readonly tenants = new Set<string>();
  private readonly told = new Set<MetricName>();

  constructor(private readonly options: PrometheusMetricsOptions) {
    if (options.processMetrics ?? true) collectDefaultMetrics({ register: this.registry });
    for (const name of Object.keys(METRICS) as MetricName[]) this.register(name);
  }

  count(name: MetricName, labels: MetricLabels = {}, by = 1): void {
    this.measure(name, () => { required(this.counters, name).inc(this.bounded(labels), by); });
  }

  gauge(name: MetricName, value: number, labels: MetricLabels = {}): void {
    this.measure(name, () => { required(this.gauges, name).set(this.bounded(labels), value); });
  }

  observe(name: MetricName, seconds: number, labels: MetricLabels = {}): void {
    this.measure(name, () => { required(this.histograms, name).observe(this.bounded(labels), seconds); });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** All metrics in the text format of Prometheus. */
  render(): Promise<string> {
    return this.registry.metrics();
  }

  private register(name: MetricName): void {
    const { kind, help, labels } = METRICS[name];
    const common = { name: METRIC_PREFIX + name, help, labelNames: [...labels], registers: [this.registry] };
    switch (kind) {
      case 'counter': this.counters.set(name, new Counter(common)); return;
      case 'gauge': this.gauges.set(name, new Gauge(common)); return;
      case 'histogram': this.histograms.set(name, new Histogram({ ...common, buckets: [...(BUCKETS_SECONDS[name] ?? DEFAULT_BUCKETS_SECONDS)] })); return;
      default: throw new Error(`unknown kind of metric: ${String(kind satisfies never)}`);
    }
  }

  private measure(name: MetricName, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (this.told.has(name)) return;
      this.told.add(name);
      this.options.logger.error('measurement dropped: wrong kind or labels', { metric: name }, error);
    }
  }

  private bounded(labels: MetricLabels): Record<string, string> {
    const { tenant } = labels;
    if (tenant === undefined || this.tenants.has(tenant)) return labels;
    if (this.tenants.size >= TENANT_VALUES_MAX) return { ...labels, tenant: OTHER_TENANT };
    this.tenants.add(tenant);
    return labels;
  }
}

function required<Metric>(metrics: ReadonlyMap<MetricName, Metric>, name: MetricName): Metric {
  const metric = metrics.get(name);
  if (metric === undefined) throw new Error(`${name} is a ${METRICS[name].kind}`);
  return metric;
}
