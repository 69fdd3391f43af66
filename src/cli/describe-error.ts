import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OffloopError } from '../errors.ts';
import { show } from '../show.ts';

/** What the system's error codes mean to the user of a command line. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'a file of that name is in the way',
  EISDIR: 'it is a folder',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files; lower --io',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of its path is not a folder',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
};

const MAX_CAUSES = 5;

/** Why a file operation failed, in words: `no space left on the disk`. */
export function systemReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const words = code === undefined ? undefined : SYSTEM_ERRORS[code];
  return words === undefined ? firstLine(error) : `${words} (${code})`;
}

/** An error in one line: class, message, and where in the user's code it was thrown. Causes follow, a line each. */
export function describeError(error: unknown): string {
  const lines = [`${headline(error)}${place(error)}`];
  const seen = new Set([error]);
  let cause = causeOf(error);
  while (cause !== undefined && !seen.has(cause) && lines.length <= MAX_CAUSES) {
    const line = headline(cause);
    // A wrapper that repeats its cause's message says it once.
    if (!lines[0]?.includes(firstLine(cause))) lines.push(`  caused by ${line}${place(cause)}`);
    seen.add(cause);
    cause = causeOf(cause);
  }
  return lines.join('\n');
}

function causeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  // What the system said is in the message already, in words.
  if (error instanceof OffloopError && isSystemError(error.cause)) return undefined;
  return error.cause;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'errno' in error;
}

function headline(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${show(error)}`;
  const message = firstLine(error);
  return error instanceof OffloopError || error.name === 'Error' ? message : `${error.name}: ${message}`;
}

function firstLine(error: unknown): string {
  if (!(error instanceof Error)) return show(error);
  const lines = error.message.split('\n').filter((line) => line.trim() !== '');
  // esbuild's messages have a heading and the place in the lines below it.
  return lines.slice(0, lines[0]?.endsWith(':') ? 2 : 1).join(' ') || error.name;
}

/** ` (thumbnail.ts:12:9)`: the innermost frame in the user's own code; nothing for errors the library words itself. */
function place(error: unknown): string {
  if (!(error instanceof Error) || error instanceof OffloopError || typeof error.stack !== 'string') return '';
  for (const line of error.stack.split('\n')) {
    const match = /(?:\(|at (?:async )?)(file:\/\/[^\s)]+|\/[^\s)]+|[A-Za-z]:\\[^\s)]+):(\d+):(\d+)\)?$/.exec(line);
    if (match === null || isForeign(match[1] as string)) continue;
    return ` (${localPath(match[1] as string)}:${match[2]}:${match[3]})`;
  }
  return '';
}

const OWN_ROOT = new URL('../', import.meta.url).href;

function isForeign(location: string): boolean {
  return (
    /[\\/]node_modules[\\/]/.test(location) ||
    location.startsWith(OWN_ROOT) ||
    location.startsWith(fileURLToPath(OWN_ROOT))
  );
}

function localPath(location: string): string {
  const path = location.startsWith('file:') ? fileURLToPath(new URL(location).href.replace(/[?#].*$/, '')) : location;
  const local = relative(process.cwd(), path);
  return local.startsWith('..') ? path : local;
}
