import { PinoLogger } from '../adapters/runtime/pino-logger.js';
import { PrometheusMetrics } from '../adapters/runtime/prometheus-metrics.js';
import { SystemClock } from '../adapters/runtime/system-clock.js';
import { UlidSource } from '../adapters/runtime/ulid-source.js';
import type { Clock } from '../application/ports/clock.js';
import type { IdSource } from '../application/ports/id-source.js';
import type { Logger } from '../application/ports/logger.js';
import type { Config } from '../config/gateway-schema.js';

/** The ambient world of one process, as arguments for everything else. */
export interface Runtime {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Logger;
  readonly metrics: PrometheusMetrics;
}

export function openRuntime(config: Config): Runtime {
  const log = PinoLogger.open({ level: config.log.level, fields: { node: config.node.name } });
  return {
    log,
    clock: new SystemClock({ onFault: (error) => { log.error('a timer threw', {}, error); } }),
    ids: new UlidSource(),
    metrics: new PrometheusMetrics({ logger: log }),
  };
}
