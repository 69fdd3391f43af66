import type { Parked, Scope } from './scope.ts';

/** What waits in a scope and in the scopes of the same task in it. */
export function* parkedIn(scope: Scope): Generator<Parked> {
  for (const own of scope.within((child) => child.task === scope.task)) yield* own.parked();
}

/** What each wait of a task waits for, in words. */
export function* waitsIn(scope: Scope): Generator<string> {
  for (const parked of parkedIn(scope)) yield parked.describe();
}

/** Where each wait of a task was begun; debug mode only. */
export function* sitesIn(scope: Scope): Generator<string> {
  for (const parked of parkedIn(scope)) {
    const { site } = parked as { site?: string };
    if (site !== undefined) yield site;
  }
}

/** The library is one file as it is published, and the rooms up to here in a tree that was only compiled. */
const OWN_FRAME =
  /[\\/]dist[\\/](?:whole[\\/]offloop\.js|offloop\.js|chunks[\\/]\w+\.cjs):|[\\/]src[\\/](?:core|sync)[\\/]|node:internal/;

/** The frames of a stack that are not the library's own, without the leading `at`. */
export function framesOf(stack: string | undefined): string[] {
  if (stack === undefined) return [];
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !OWN_FRAME.test(line))
    .map((line) => line.trim().slice('at '.length));
}
