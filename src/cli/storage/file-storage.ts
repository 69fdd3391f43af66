import { rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { OffloopError } from '../../errors.ts';
import { systemReason } from '../describe-error.ts';
import { UsageError } from '../usage-error.ts';
import { makeFolder } from './make-folder.ts';

/** Code of the errors of reading inputs and writing outputs. */
export const STORAGE_ERROR = 'ERR_OFFLOOP_STORAGE';

/**
 * A folder that files are put into whole or not at all: each is written under a temporary name beside its place and
 * then renamed. Whoever looks, during a run or after a crash, sees no half-written file under a final name.
 *
 * The data is not flushed to the disk (`fsync`) before the rename: it survives a killed process, not a power cut.
 */
export class FileStorage {
  readonly root: string;
  readonly #temporary = new Set<string>();
  readonly #folders = new Set<string>();
  #serial = 0;

  constructor(root: string) {
    this.root = resolve(root);
  }

  /**
   * Makes the folder and checks by writing that files can be put there.
   * @throws UsageError when it cannot be written.
   */
  async prepare(): Promise<void> {
    const probe = this.#temporaryPath(join(this.root, 'probe'));
    try {
      await makeFolder(this.root);
      const handle = await open(probe, 'wx');
      await handle.close();
      await rm(probe);
    } catch (cause) {
      throw new UsageError(`Cannot write to the output folder ${this.root}: ${systemReason(cause)}`, { cause });
    } finally {
      this.#temporary.delete(probe);
    }
  }

  /**
   * The absolute path of a name in this folder.
   * @throws OffloopError for a name that is empty, absolute, or leads out of the folder.
   */
  pathOf(name: string): string {
    const path = resolve(this.root, name);
    const inside = this.root.endsWith(sep) ? this.root : this.root + sep;
    if (name === '' || name.endsWith('/') || name.includes('\0') || isAbsolute(name) || !path.startsWith(inside)) {
      throw storageError(`The output name ${JSON.stringify(name)} must be a relative path inside ${this.root}`);
    }
    return path;
  }

  /** Writes a file, replacing one that is there. On failure or abort nothing is left, and the old file stays. */
  async put(name: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const path = this.pathOf(name);
    try {
      await this.#makeFolder(dirname(path));
      await this.#replace(path, bytes, signal);
    } catch (cause) {
      throw storageError(`Cannot write ${path}: ${systemReason(cause)}`, cause);
    }
  }

  async #replace(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const temporary = this.#temporaryPath(path);
    try {
      const handle = await open(temporary, 'wx');
      try {
        await handle.writeFile(bytes, { signal });
      } finally {
        await handle.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      this.#temporary.delete(temporary);
    }
  }

  /** Removes what is being written, at once: for a program that is about to end by force. */
  removeTemporary(): void {
    for (const path of this.#temporary) rmSync(path, { force: true });
    this.#temporary.clear();
  }

  async #makeFolder(folder: string): Promise<void> {
    if (this.#folders.has(folder)) return;
    await makeFolder(folder);
    this.#folders.add(folder);
  }

  /** In the same folder, for a rename must not cross file systems; hidden, for globs pass over it. */
  #temporaryPath(path: string): string {
    const name = `.offloop-${process.pid}-${++this.#serial}.part`;
    const temporary = join(dirname(path), name);
    this.#temporary.add(temporary);
    return temporary;
  }
}

function storageError(message: string, cause?: unknown): OffloopError {
  return new OffloopError(STORAGE_ERROR, message, cause === undefined ? undefined : { cause });
}
