import { performance } from 'node:perf_hooks';
import { PortError } from '../../../application/ports/port-error.js';
import type { EngineProcess } from './engine-process.js';

/** A process that died, or never came, is replaced, but not more often than this: what ended it may come again. */
const RESPAWN_MS_MIN = 5000;

export interface EngineFleetOptions<Engine> {
  readonly port: 'speech-to-text' | 'text-to-speech';
  readonly processes: number;
  readonly open: () => Promise<Engine>;
  readonly respawnMsMin?: number;
}

interface Slot<Engine> {
  engine: Engine | null;
  opening: Promise<void> | null;
  openedAtMs: number;
  failure: Error | null;
}

/** The processes that share the work of one account. They are started when the first of it comes. */
export class EngineFleet<Command extends object, Answer extends { readonly id: number }> {
  private readonly slots: Slot<EngineProcess<Command, Answer>>[];
  private readonly respawnMsMin: number;
  private closing: Promise<void> | null = null;

  constructor(private readonly options: EngineFleetOptions<EngineProcess<Command, Answer>>) {
    this.slots = Array.from({ length: options.processes }, () => ({ engine: null, opening: null, openedAtMs: -Infinity, failure: null }));
    this.respawnMsMin = options.respawnMsMin ?? RESPAWN_MS_MIN;
  }

  /** Starts what does not run; waits only when none does. @throws PortError `<port>/*`: why none does. */
  async leastLoaded(): Promise<EngineProcess<Command, Answer>> {
    this.startMissing();
    const running = this.running();
    if (running !== null) return running;
    await Promise.all(this.slots.map(async ({ opening }) => opening));
    const started = this.running();
    if (started !== null) return started;
    throw this.slots.map(({ failure }) => failure).find((failure) => failure !== null) ?? new PortError('no process of sherpa-onnx is running', { code: `${this.options.port}/unavailable`, kind: 'unavailable' });
  }

  /** The least loaded of those that run; null when none does. */
  running(): EngineProcess<Command, Answer> | null {
    const [best] = this.slots.map(({ engine }) => engine).filter((engine) => engine?.alive === true).sort((a, b) => (a?.load ?? 0) - (b?.load ?? 0));
    return best ?? null;
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private startMissing(): void {
    if (this.closing !== null) return;
    const now = performance.now();
    for (const slot of this.slots) {
      if (slot.engine?.alive === true || slot.opening !== null || now - slot.openedAtMs < this.respawnMsMin) continue;
      slot.openedAtMs = now;
      slot.failure = null;
      slot.opening = this.options.open().then((engine) => { slot.engine = engine; }, (failure: unknown) => { slot.failure = failure instanceof Error ? failure : new Error(String(failure)); }).finally(() => { slot.opening = null; });
    }
  }

  private async closeAll(): Promise<void> {
    await Promise.all(this.slots.map(async (slot) => {
      await slot.opening;
      await slot.engine?.close();
    }));
  }
}
