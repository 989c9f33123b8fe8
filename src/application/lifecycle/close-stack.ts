/**
 * What an owner has opened, closed newest first, each exactly once. A close that fails does not keep the others open:
 * the failures are thrown together at the end. (`AsyncDisposableStack` exists only from Node 24 on.)
 */
export class CloseStack {
  private readonly entries: { readonly name: string; readonly close: () => void | Promise<void> }[] = [];
  private closing: Promise<void> | null = null;

  /** Registers how to close what was just opened. After `close` has begun this is a programmer's error. */
  defer(name: string, close: () => void | Promise<void>): void {
    if (this.closing !== null) throw new Error(`opened after closing began: ${name}`);
    this.entries.push({ name, close });
  }

  /** The result of `work`; when it fails, all that was opened before is closed first. */
  async orClose<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Idempotent: every call waits for the one closing. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let entry = this.entries.pop(); entry !== undefined; entry = this.entries.pop()) {
      try {
        await entry.close();
      } catch (error) {
        failures.push(new Error(`closing ${entry.name} failed`, { cause: error })); // the rest must still be closed
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be closed');
  }
}
