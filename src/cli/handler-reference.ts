import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemReason } from './describe-error.ts';
import { suggestion } from './suggestion.ts';
import { UsageError } from './usage-error.ts';

/** Which function to run, by module and export: all that a worker needs to find it. */
export interface HandlerReference {
  readonly url: string;
  readonly exportName: string;
  /** As it was given. */
  readonly text: string;
}

/**
 * Reads `./tasks.ts` (its default export) or `./tasks.ts#resize`. The module is not loaded here: that is the workers'.
 * @throws UsageError when there is no such file.
 */
export async function resolveHandler(text: string): Promise<HandlerReference> {
  const hash = text.lastIndexOf('#');
  // A file name may hold a `#`: if the whole text is a file, it is the module.
  const named = hash > 0 && !(await isFile(resolve(text)));
  const file = named ? text.slice(0, hash) : text;
  const exportName = named ? text.slice(hash + 1) : 'default';
  if (exportName === '') throw new UsageError(`${text}: the name of the export is missing after #`);
  const path = resolve(file);
  const problem = await fileProblem(path);
  if (problem !== undefined) {
    const hint = suggestion(basename(path), await namesIn(dirname(path)));
    throw new UsageError(`Cannot find the handler module ${file}: ${problem}.${hint}`);
  }
  return { url: pathToFileURL(path).href, exportName, text };
}

async function isFile(path: string): Promise<boolean> {
  return (await fileProblem(path)) === undefined;
}

async function fileProblem(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isFile() ? undefined : `${path} is not a file`;
  } catch (error) {
    return `${path}: ${systemReason(error)}`;
  }
}

/** Names to suggest from; a folder that cannot be read has none. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
