/** A node that was heard of within the last `NODE_TTL_MS`. */
export interface NodeSighting {
  readonly name: string;
  /** Grows with each start of a process under this name. */
  readonly incarnation: number;
}

/** A node not heard of for so long is taken for dead: its callers hear nothing meanwhile. */
export const NODE_TTL_MS = 5000;
/** Time between beats: two may be missed. */
export const NODE_BEAT_INTERVAL_MS = 1500;

/**
 * Which nodes are alive. A node that has stopped without a word disappears `NODE_TTL_MS` after its last beat. While the registry
 * itself is away nobody dies: after it those who were alive before are given the same time to speak again.
 * Throws PortError `node-registry/*`.
 */
export interface NodeRegistry {
  /** A process starts under `name`; it is alive from now on. Resolves to its incarnation, higher than any before. */
  join(name: string, signal: AbortSignal): Promise<number>;
  /**
   * Still alive. False: a newer process has the name, and this one must take no more calls. A node that was taken for dead
   * meanwhile, with nobody in its place, is alive again.
   */
  beat(name: string, incarnation: number, signal: AbortSignal): Promise<boolean>;
  /** Leaves at once, when this incarnation still has the name. */
  leave(name: string, incarnation: number, signal: AbortSignal): Promise<void>;
  /** Nodes alive, by name. */
  alive(signal: AbortSignal): Promise<readonly NodeSighting[]>;
  close(): Promise<void>;
}
