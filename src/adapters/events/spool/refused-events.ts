import { appendFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const BYTES_MAX = 16 * 1024 * 1024;
const FILE_MODE = 0o640;

/** Events that the other side will never take (too large), one JSON line each, for a person to look at: `refused-<node>.ndjson`. */
export class RefusedEvents {
  readonly path: string;

  constructor(private readonly directory: string, nodeName: string) {
    this.path = join(directory, `refused-${nodeName}.ndjson`);
  }

  /** False: the file has reached its bound, the event is gone. */
  async keep(line: string): Promise<boolean> {
    const size = await stat(this.path).then((found) => found.size, () => 0);
    if (size + line.length > BYTES_MAX) return false;
    await mkdir(this.directory, { recursive: true });
    await appendFile(this.path, `${line}\n`, { mode: FILE_MODE });
    return true;
  }
}
