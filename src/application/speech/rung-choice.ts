import type { Rung } from './rung.js';

/** Of one recogniser in one stream. */
const USES_MAX = 2;

/** Who comes next in one stream. */
export class RungChoice<Port> {
  private readonly uses = new Map<Rung<Port>, number>();
  private opened = false;

  constructor(private readonly rungs: readonly Rung<Port>[]) {}

  /** Somebody could go on now. */
  get isLeft(): boolean {
    return this.next(new Set(this.rungs.filter(({ permits }) => permits.reached !== null))) !== null;
  }

  /**
   * Those that did not fail in this stream first, the well ones of them before the others; each twice at most, and once until one has
   * opened. `without`: those that have no place now.
   */
  next(without: ReadonlySet<Rung<Port>>): Rung<Port> | null {
    const free = this.rungs.filter((rung) => !without.has(rung));
    const fresh = free.filter((rung) => this.usesOf(rung) === 0);
    const well = (rung: Rung<Port>): boolean => rung.health.admits;
    const again = this.opened ? free.find((rung) => this.usesOf(rung) < USES_MAX && well(rung)) : undefined;
    return fresh.find(well) ?? fresh[0] ?? again ?? null;
  }

  used(rung: Rung<Port>): void {
    this.uses.set(rung, this.usesOf(rung) + 1);
  }

  hasOpened(): void {
    this.opened = true;
  }

  private usesOf(rung: Rung<Port>): number {
    return this.uses.get(rung) ?? 0;
  }
}
