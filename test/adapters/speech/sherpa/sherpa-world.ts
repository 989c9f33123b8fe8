import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { assertSherpaInstalled } from '../../../../src/adapters/speech/sherpa/sherpa-package.js';

/** Tests that need the engine itself: pending where there is no build of it, and after `npm ci --omit=optional`. */
export function withSherpa(name: string, define: (this: Mocha.Suite) => void): void {
  describe(name, function () {
    try {
      assertSherpaInstalled();
    } catch {
      it('needs sherpa-onnx-node, which is not installed');
      return;
    }
    define.call(this);
  });
}

/** A directory for the models of one suite. */
export class ModelRoom {
  readonly directory = mkdtempSync(path.join(os.tmpdir(), 'vg-sherpa-'));

  path(name: string): string {
    return path.join(this.directory, name);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** Processes of the engine that this one has started and that live. (tsx has a child of its own when it compiles.) */
export function engineProcesses(): readonly number[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ').filter((pid) => pid !== '').map(Number);
  return children.filter((pid) => /(?:recogniser|synthesiser)-process/u.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')));
}

/** As when its library ends it. */
export function killEngines(): void {
  for (const pid of engineProcesses()) process.kill(pid, 'SIGKILL');
}
