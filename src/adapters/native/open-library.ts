import koffi, { type LibraryHandle } from 'koffi';
import { PortError } from '../../application/ports/port-error.js';

export interface NativeLibrary {
  /** Names `dlopen` is asked for, in order: the versioned soname first, for example `libpocketsphinx.so.3`. */
  readonly sonames: readonly string[];
  /** The Debian package that brings it, named in the error. */
  readonly debianPackage: string;
  /** Extra directories to look into before the system's, for libraries unpacked without root. Absolute. */
  readonly directories?: readonly string[];
}

/**
 * koffi closes a library when its handle is collected as garbage, whatever pointers into it are still in use (a voice of
 * flite lives in its library): what was opened stays open as long as the thread.
 */
const kept = new Set<LibraryHandle>();

/**
 * Opens a shared library in this thread, for the life of the thread.
 *
 * @throws PortError `native/library-missing` that tells what to install.
 */
export function openLibrary(library: NativeLibrary): LibraryHandle {
  const faults: unknown[] = [];
  for (const path of candidates(library)) {
    try {
      const handle = koffi.load(path);
      kept.add(handle);
      return handle;
    } catch (error) {
      faults.push(error); // kept as the cause: the next name may be the right one
    }
  }
  throw new PortError(
    `cannot open ${library.sonames[0] ?? 'a library without a name'}: install the Debian package ${library.debianPackage} (apt-get install ${library.debianPackage})`,
    { code: 'native/library-missing', kind: 'not-found', cause: new AggregateError(faults) },
  );
}

function candidates(library: NativeLibrary): readonly string[] {
  const inDirectories = (library.directories ?? []).flatMap((directory) => library.sonames.map((soname) => `${directory}/${soname}`));
  return [...inDirectories, ...library.sonames];
}
