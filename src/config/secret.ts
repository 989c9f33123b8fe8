import { inspect } from 'node:util';

const MASK = '***';

/** A password or token. Every way of printing it gives `***`; only `reveal()` opens it, at the place that sends it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
