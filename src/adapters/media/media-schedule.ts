import { FRAME_MS } from '../../domain/audio/frame.js';
import { PLANE_WORDS } from './leg-memory.js';
import { PHASES, type MediaEngine } from './media-engine.js';
import type { PacketIo } from './packet-io.js';

/** Between two phases. */
const STEP_MS = FRAME_MS / PHASES;
const LATE_MS = 5;
const KERNEL_DROPS_INTERVAL_MS = 1000;

/**
 * The grid of deadlines: one every 5 ms from the start on, phase by phase, computed and never accumulated, so that no lateness
 * adds up. A thread that comes late does what it missed.
 */
export class MediaSchedule {
  private step = 0;
  private kernelDropsAtMs = 0;

  constructor(
    private readonly engine: MediaEngine,
    private readonly io: PacketIo,
    private readonly words: Int32Array,
    private readonly startMs: number,
  ) {}

  /** When the next phase is due. */
  get nextDeadlineMs(): number {
    return this.startMs + this.step * STEP_MS;
  }

  /** Runs every phase that is due at `nowMs`. */
  runDue(nowMs: number): void {
    if (this.engine.legsOpen === 0) {
      this.step = Math.max(this.step, Math.ceil((nowMs - this.startMs) / STEP_MS)); // nobody waited for what was missed
      return;
    }
    while (this.nextDeadlineMs <= nowMs) {
      const deadlineMs = this.nextDeadlineMs;
      this.noteLateness(nowMs - deadlineMs);
      this.engine.tick(this.step % PHASES, this.io, deadlineMs, nowMs);
      this.step += 1;
    }
    this.noteKernelDrops(nowMs);
  }

  private noteLateness(latenessMs: number): void {
    if (latenessMs > LATE_MS) this.words[PLANE_WORDS.lateTicks] = (this.words[PLANE_WORDS.lateTicks] ?? 0) + 1;
    const latenessUs = Math.round(latenessMs * 1000);
    if (latenessUs > (this.words[PLANE_WORDS.tickLatenessMaxUs] ?? 0)) this.words[PLANE_WORDS.tickLatenessMaxUs] = latenessUs;
  }

  private noteKernelDrops(nowMs: number): void {
    if (nowMs - this.kernelDropsAtMs < KERNEL_DROPS_INTERVAL_MS) return;
    this.kernelDropsAtMs = nowMs;
    this.words[PLANE_WORDS.kernelDrops] = this.io.kernelDrops();
  }
}
