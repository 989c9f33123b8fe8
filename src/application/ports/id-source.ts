/** Fresh identifiers. */
export interface IdSource {
  /** A ULID: 26 characters, sortable by time of creation, unique. */
  next(): string;
}
