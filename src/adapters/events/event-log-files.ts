import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from './sync-directory.js';

const ENDING = '.ndjson';
/** What a part is called while it is written anew. */
const UNFINISHED = '.new';
const PLACE = /^(?<day>\d{4}-\d{2}-\d{2})\.(?<part>\d+)$/u;

export interface Place {
  /** YYYY-MM-DD. */
  readonly day: string;
  /** From 1. */
  readonly part: number;
}

/** The files of one node's event log: `events-<node>-<day>.<part>.ndjson`. Others may share the directory. Throws what the file system throws. */
export class EventLogFiles {
  constructor(private readonly directory: string, private readonly nodeName: string) {}

  pathOf({ day, part }: Place): string {
    return join(this.directory, `events-${this.nodeName}-${day}.${String(part).padStart(4, '0')}${ENDING}`);
  }

  unfinishedPathOf(place: Place): string {
    return this.pathOf(place) + UNFINISHED;
  }

  /** Oldest first. */
  async list(): Promise<readonly Place[]> {
    const places = (await this.names()).flatMap((name) => this.placeOf(name, ENDING) ?? []);
    return places.sort((one, other) => (one.day === other.day ? one.part - other.part : one.day < other.day ? -1 : 1));
  }

  /** What a crash has left of parts that were written anew. */
  async removeUnfinished(): Promise<void> {
    for (const name of await this.names()) if (this.placeOf(name, ENDING + UNFINISHED) !== null) await rm(join(this.directory, name), { force: true });
  }

  syncDirectory(): Promise<void> {
    return syncDirectory(this.directory);
  }

  /** Null: not of this node (`events-a-b-…` is not of node `a`), or no file of a log. */
  private placeOf(name: string, ending: string): Place | null {
    const prefix = `events-${this.nodeName}-`;
    if (!name.startsWith(prefix) || !name.endsWith(ending)) return null;
    const found = PLACE.exec(name.slice(prefix.length, -ending.length))?.groups;
    return found === undefined ? null : { day: found['day'] ?? '', part: Number(found['part']) };
  }

  private async names(): Promise<readonly string[]> {
    try {
      return await readdir(this.directory);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  }
}
