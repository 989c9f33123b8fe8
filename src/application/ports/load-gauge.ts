import type { LoadReading } from '../../domain/call/overload.js';

/** How busy this process is. */
export interface LoadGauge {
  /** Cheap: asked for each offer. */
  read(): LoadReading;
  close(): void;
}
