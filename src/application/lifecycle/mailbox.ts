export interface MailboxOptions<Item> {
  /** The next item waits for the promise. */
  readonly receive: (item: Item) => void | Promise<void>;
  readonly waitingMax: number;
  /** Takes the place of all that waited when there is too much. */
  readonly overflow: Item;
  /** The receiver threw: it gets nothing any more. */
  readonly onFault: (error: unknown) => void;
}

/** Items on their way to one receiver who may be slow, in order, one at a time. Whoever posts them never waits. */
export class Mailbox<Item> {
  private waiting: Item[] = [];
  private delivering = false;
  private closed = false;

  constructor(private readonly options: MailboxOptions<Item>) {}

  post(item: Item): void {
    if (this.waiting.length >= this.options.waitingMax) this.waiting = [this.options.overflow];
    this.postAll([item]);
  }

  /** Beyond the bound: for a number of items that is bounded elsewhere. */
  postAll(items: readonly Item[]): void {
    if (this.closed) return;
    for (const item of items) this.waiting.push(item);
    if (!this.delivering) void this.deliver();
  }

  close(): void {
    this.closed = true;
    this.waiting = [];
  }

  private async deliver(): Promise<void> {
    this.delivering = true;
    await Promise.resolve(); // whoever posts is never called back in the same turn
    try {
      for (let item = this.waiting.shift(); item !== undefined; item = this.waiting.shift()) await this.options.receive(item);
    } catch (error) {
      this.close();
      this.options.onFault(error);
    }
    this.delivering = false;
  }
}
