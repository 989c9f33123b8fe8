/** A queue that the test feeds and the code under test reads, as adapters' streams are read. */
export class HandFed<T> implements AsyncIterableIterator<T, undefined> {
  /** How the reader left: `return` was called, or the end was read. */
  left = false;
  private readonly items: { readonly value: T }[] = [];
  private end: { readonly error?: Error } | undefined;
  private waiting: { resolve(result: IteratorResult<T, undefined>): void; reject(error: Error): void } | undefined;

  give(value: T): void {
    this.items.push({ value });
    this.serve();
  }

  finish(error?: Error): void {
    this.end ??= error === undefined ? {} : { error };
    this.serve();
  }

  /** Forgets what was not read yet. */
  drop(): void {
    this.items.length = 0;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => { this.waiting = { resolve, reject }; this.serve(); });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.left = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private serve(): void {
    const { waiting } = this;
    if (waiting === undefined) return;
    const item = this.items.shift();
    if (item === undefined && this.end === undefined) return;
    this.waiting = undefined;
    if (item !== undefined) waiting.resolve({ done: false, value: item.value });
    else if (this.end?.error !== undefined) waiting.reject(this.end.error);
    else { this.left = true; waiting.resolve({ done: true, value: undefined }); }
  }
}
