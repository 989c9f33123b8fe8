import { createRequire } from 'node:module';
import os from 'node:os';
import { PortError } from '../../../application/ports/port-error.js';

/** The version that package.json names; the only one that was tried. */
export const SHERPA_VERSION = '1.13.8';

/**
 * Whether sherpa-onnx-node and its libraries for this platform are installed. They are not loaded: that is for processes of their own.
 *
 * @throws PortError `native/package-missing` with the command that installs it.
 */
export function assertSherpaInstalled(resolve: (file: string) => string = createRequire(import.meta.url).resolve): void {
  const platform = `sherpa-onnx-${os.platform() === 'win32' ? 'win' : os.platform()}-${os.arch()}`;
  for (const file of ['sherpa-onnx-node/package.json', `${platform}/package.json`]) {
    try {
      resolve(file);
    } catch (cause) {
      throw new PortError(
        `the package ${file.split('/')[0] ?? ''} is not installed, but a sherpa account is configured. Fix: npm install --no-save sherpa-onnx-node@${SHERPA_VERSION}, where there is a build for ${os.platform()} ${os.arch()}; or remove the account`,
        { code: 'native/package-missing', kind: 'not-found', cause },
      );
    }
  }
}
