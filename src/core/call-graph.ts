import { InvalidOptionError } from '../errors.ts';
import { allTasks } from './create-task.ts';
import { Future } from './future.ts';
import { activeLoops, getRunningLoop } from './loop.ts';
import { framesOf, parkedIn } from './scope-report.ts';
import type { Scope } from './scope.ts';
import { currentTask, Task } from './task.ts';

/** A future, where it is, and who waits for it. */
export interface CallGraph {
  readonly future: Future;
  /** Innermost frame first: of the task that asks, or, in debug mode, where a task waits and was made. */
  readonly callStack: readonly string[];
  readonly awaitedBy: readonly CallGraph[];
}

/**
 * Shows who waits for a future (the current task if none is given), and who waits for those, up to the roots. Made from
 * what waits now; nothing is recorded in advance. A future that waits for itself in a circle appears once on each way.
 *
 * @see https://docs.python.org/3/library/asyncio-graph.html
 */
export function captureCallGraph(future: Future | undefined = currentTask()): CallGraph | undefined {
  if (future === undefined) return undefined;
  if (!(future instanceof Future)) throw new InvalidOptionError('future', 'a future or a task', future);
  return graphOf(future, awaiters(), new Set());
}

/** A call graph as text, indented. */
export function formatCallGraph(graph: CallGraph, indent = ''): string {
  const lines = [`${indent}* ${graph.future.toString()}`];
  if (graph.callStack.length > 0) lines.push(`${indent}  + Call stack:`);
  for (const frame of graph.callStack) lines.push(`${indent}  |   at ${frame}`);
  if (graph.awaitedBy.length > 0) lines.push(`${indent}  + Awaited by:`);
  for (const awaiter of graph.awaitedBy) lines.push(formatCallGraph(awaiter, `${indent}     `));
  return lines.join('\n');
}

type Awaiters = ReadonlyMap<Future, ReadonlySet<Future>>;

function graphOf(future: Future, awaiters: Awaiters, path: ReadonlySet<Future>): CallGraph {
  const further = new Set(path).add(future);
  const awaitedBy = [...(awaiters.get(future) ?? [])]
    .filter((awaiter) => !further.has(awaiter))
    .map((awaiter) => graphOf(awaiter, awaiters, further));
  return { future, callStack: stackOf(future), awaitedBy };
}

function stackOf(future: Future): string[] {
  if (future === currentTask()) return framesOf(new Error('here').stack);
  return future instanceof Task ? future.getStack() : [];
}

function awaiters(): Awaiters {
  const edges = new Map<Future, Set<Future>>();
  const add = (awaited: Future, awaiter: Future): void => {
    const known = edges.get(awaited);
    if (known?.has(awaiter) === true) return;
    if (known === undefined) edges.set(awaited, new Set([awaiter]));
    else known.add(awaiter);
    // A gather and a shield wait themselves.
    for (const inner of awaited.awaits()) add(inner, awaited);
  };
  for (const loop of new Set([...activeLoops(), getRunningLoop()])) {
    for (const task of allTasks(loop)) {
      for (const awaited of awaitedIn(task.scope)) add(awaited, task);
      const parent = parentOf(task.scope);
      if (parent !== undefined) add(task, parent);
    }
  }
  return edges;
}

function* awaitedIn(scope: Scope): Generator<Future> {
  for (const parked of parkedIn(scope) as Iterable<{ awaits?: () => readonly Future[] }>) {
    yield* parked.awaits?.() ?? [];
  }
}

/** The task whose group a task is a child of. */
function parentOf(scope: Scope): Future | undefined {
  let parent = scope.parent;
  // The scope of a group's daemons belongs to no task.
  while (parent !== undefined && parent.task === undefined) parent = parent.parent;
  return parent?.task instanceof Task ? parent.task : undefined;
}
