import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What pools may take from the process and the system. */
interface Leftovers {
  readonly children: readonly string[];
  readonly threads: number;
  readonly descriptors: number;
  readonly files: readonly string[];
  readonly listeners: Readonly<Record<string, number>>;
  /** Timers, ports, pipes and what else could keep the program running. */
  readonly handles: Readonly<Record<string, number>>;
}

/** Temporary files of this program and its workers go here, and those of nobody else. */
const folder = mkdtempSync(join(tmpdir(), 'offloop-fuzz-'));
process.env['TMPDIR'] = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** The inspector, for one, lets go of threads two seconds after the last interruption. */
const GONE_WITHIN_MS = 20_000;

export function leftovers(): Leftovers {
  const handles: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) handles[name] = (handles[name] ?? 0) + 1;
  // This look at it.
  delete handles['Timeout'];
  delete handles['Immediate'];
  return {
    children: children(),
    threads: count('/proc/self/task'),
    descriptors: descriptors(),
    files: readdirSync(folder),
    listeners: Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)])),
    handles,
  };
}

/** Waits until there is no more than there was `before`, and fails when that does not come about. */
export async function noneButThose(before: Leftovers): Promise<void> {
  const deadline = performance.now() + GONE_WITHIN_MS;
  while (performance.now() < deadline && !isWithin(leftovers(), before)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const after = leftovers();
  if (!isWithin(after, before)) assert.deepEqual(after, before, 'something is left');
}

/** Child processes of this one, on Linux. */
export function children(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/task').flatMap(childrenOf);
}

function isWithin(after: Leftovers, before: Leftovers): boolean {
  return (
    after.children.length <= before.children.length &&
    after.threads <= before.threads &&
    after.descriptors <= before.descriptors &&
    after.files.every((file) => before.files.includes(file)) &&
    areWithin(after.listeners, before.listeners) &&
    areWithin(after.handles, before.handles)
  );
}

function areWithin(after: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>): boolean {
  return Object.entries(after).every(([name, number]) => number <= (before[name] ?? 0));
}

function childrenOf(task: string): string[] {
  try {
    return readFileSync(`/proc/self/task/${task}/children`, 'latin1').split(' ').filter(Boolean);
  } catch {
    // The thread has just ended.
    return [];
  }
}

function descriptors(): number {
  if (process.platform !== 'linux') return 0;
  const names = readdirSync('/proc/self/fd').map(nameOf);
  // Node 20 reads modules asynchronously; a thread that is ended meanwhile leaves the file open.
  return process.version.startsWith('v20.') ? names.filter((name) => !name.endsWith('.js')).length : names.length;
}

function nameOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // The one through which the folder was read.
    return '';
  }
}

function count(folder: string): number {
  return process.platform === 'linux' ? readdirSync(folder).length : 0;
}
