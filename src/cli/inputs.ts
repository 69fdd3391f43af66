import { stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { escapePath, glob, isDynamicPattern } from 'tinyglobby';
import { systemReason } from './describe-error.ts';
import { UsageError } from './usage-error.ts';

/** One thing to run the handler on; its content is read when its turn comes. */
export interface InputItem {
  readonly key: string;
  /** Absolute path; `undefined` for lines. */
  readonly path: string | undefined;
  /** The line; `undefined` for files. */
  readonly text: string | undefined;
}

export interface InputList {
  /** `undefined` while it cannot be known: lines. */
  readonly total: number | undefined;
  readonly items: Iterable<InputItem> | AsyncIterable<InputItem>;
  /** Ends the iteration, even while it waits for a line. */
  close(): void;
}

/** Files below one folder; the keys are their paths relative to it. */
interface FileGroup {
  readonly base: string;
  readonly keys: readonly string[];
}

/**
 * Finds the files that paths, folders and globs stand for, sorted by key within each. Only their names are held, no
 * contents.
 * @param outputFolder left out when it lies inside an input folder, so that a second run does not take results for inputs.
 * @throws UsageError when an argument matches nothing or two files would share a key.
 */
export async function listFiles(patterns: readonly string[], outputFolder: string | undefined): Promise<InputList> {
  const files: string[] = [];
  const groups: FileGroup[] = [];
  for (const pattern of patterns) {
    const kind = await kindOf(pattern);
    if (kind === 'file') files.push(resolve(pattern));
    else
      groups.push(kind === 'folder' ? await listFolder(pattern, outputFolder) : await listGlob(pattern, outputFolder));
  }
  if (files.length > 0) groups.unshift(groupFiles(files));
  const merged = groups.length > 1 ? mergeGroups(groups) : groups;
  return { total: merged.reduce((sum, group) => sum + group.keys.length, 0), items: itemsOf(merged), close: () => {} };
}

function* itemsOf(groups: readonly FileGroup[]): Generator<InputItem, void, undefined> {
  for (const { base, keys } of groups) {
    for (const key of keys) yield { key, path: join(base, key), text: undefined };
  }
}

/** What is there under this very name goes before its reading as a glob: `photo[1].jpg` is a usual file name. */
async function kindOf(pattern: string): Promise<'file' | 'folder' | 'glob'> {
  try {
    return (await stat(pattern)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (isDynamicPattern(slashes(pattern))) return 'glob';
    throw new UsageError(`Cannot read the input ${pattern}: ${systemReason(error)}`);
  }
}

async function listFolder(folder: string, outputFolder: string | undefined): Promise<FileGroup> {
  const base = resolve(folder);
  const keys = await listBelow(base, '**/*', outputFolder);
  if (keys.length === 0) throw new UsageError(`There is no file in the folder ${folder}`);
  return { base, keys };
}

async function listGlob(pattern: string, outputFolder: string | undefined): Promise<FileGroup> {
  const segments = slashes(pattern).split('/');
  const dynamic = segments.findIndex((segment) => isDynamicPattern(segment));
  const base = resolve(segments.slice(0, dynamic).join('/') || (segments[0] === '' ? '/' : '.'));
  const keys = await listBelow(base, segments.slice(dynamic).join('/'), outputFolder);
  if (keys.length === 0) throw new UsageError(`No file matches ${pattern} (looked in ${base}${await existence(base)})`);
  return { base, keys };
}

async function listBelow(base: string, pattern: string, outputFolder: string | undefined): Promise<string[]> {
  const keys = await glob(pattern, { cwd: base, expandDirectories: false, ignore: ignoredBelow(base, outputFolder) });
  return keys.sort();
}

function ignoredBelow(base: string, outputFolder: string | undefined): string[] {
  if (outputFolder === undefined) return [];
  const inside = relative(base, resolve(outputFolder));
  const below = inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && resolve(inside) !== inside;
  return below ? [`${escapePath(slashes(inside))}/**`] : [];
}

async function existence(folder: string): Promise<string> {
  try {
    await stat(folder);
    return '';
  } catch (error) {
    return `: ${systemReason(error)}`;
  }
}

/** Files given one by one, as by a shell that expanded the glob: their keys start where their paths part. */
function groupFiles(files: readonly string[]): FileGroup {
  let base = dirname(files[0] as string);
  for (const file of files) {
    while (!file.startsWith(base.endsWith(sep) ? base : base + sep)) base = dirname(base);
  }
  return { base, keys: [...new Set(files)].map((file) => slashes(relative(base, file))) };
}

/** A file found twice counts once, under its first key; two files under one key are refused. */
function mergeGroups(groups: readonly FileGroup[]): FileGroup[] {
  const paths = new Set<string>();
  const keys = new Map<string, string>();
  return groups.map((group) => ({
    base: group.base,
    keys: group.keys.filter((key) => {
      const path = join(group.base, key);
      if (paths.has(path)) return false;
      const other = keys.get(key);
      if (other !== undefined) {
        throw new UsageError(`${other} and ${path} would have the same output, ${key}: map them separately`);
      }
      paths.add(path);
      keys.set(key, path);
      return true;
    }),
  }));
}

function slashes(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path;
}
