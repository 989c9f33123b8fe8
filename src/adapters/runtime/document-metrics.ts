import { METRICS, type MetricName } from '../../application/ports/metrics.js';
import { BUCKETS_SECONDS, DEFAULT_BUCKETS_SECONDS, METRIC_PREFIX } from './metric-buckets.js';

/** docs/metrics.md, made from the port. */
export function metricsDocument(): string {
  const names = Object.keys(METRICS) as MetricName[];
  return [
    '# Metrics', '',
    '<!-- Generated from src/application/ports/metrics.ts by `npm run docs`. Do not edit. -->', '',
    '`GET /metrics` in the text format of Prometheus. Besides these come `process_*` and `nodejs_*` (memory, CPU, event loop, garbage collection).',
    'Times are in seconds. No label holds a telephone number or a call id; past 200 tenants the label `tenant` is `other`.', '',
    '| metric | kind | labels | what it measures |', '|---|---|---|---|',
    ...names.map((name) => {
      const { kind, labels, help } = METRICS[name];
      return `| \`${METRIC_PREFIX}${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${help} |`;
    }), '',
    '## Buckets', '',
    'Upper bounds in seconds, set where the targets lie.', '',
    '| histogram | bounds |', '|---|---|',
    ...names.filter((name) => METRICS[name].kind === 'histogram').map((name) => `| \`${METRIC_PREFIX}${name}\` | ${(BUCKETS_SECONDS[name] ?? DEFAULT_BUCKETS_SECONDS).join(' ')} |`), '',
  ].join('\n');
}
