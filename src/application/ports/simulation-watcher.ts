import type { SimulationProgress } from '../../domain/simulation/simulation-progress.js';

/** Follows a simulation as it happens. Never throws, never blocks. */
export interface SimulationWatcher {
  watch(progress: SimulationProgress): void;
}
