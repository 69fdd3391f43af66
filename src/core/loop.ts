import { inspect } from 'node:util';
import { ExecutorShutDownError, InvalidOptionError, InvalidStateError } from '../errors.ts';
import { copyContext } from './bind-callback.ts';
import { now, setTimer, type Timer } from './clock.ts';
import { currentScope } from './context.ts';
import { debugFromEnvironment, enterDebug, isDebug, leaveDebug, reportWarning } from './debug.ts';
import { isLoopExecutor, makeDefaultExecutor, type LoopExecutor } from './default-executor.ts';
import { printException, reportBrokenHandler, setReporter, type ExceptionContext } from './exception-handler.ts';
import { Future } from './future.ts';
import {
  aBoolean,
  aFunction,
  anObject,
  checkArgument,
  checkOptions,
  duration,
  milliseconds,
  type Check,
  type Checks,
} from './options.ts';
import { Scope, type ScopeLoop } from './scope.ts';
import { startSoon } from './start.ts';
import { unwatchSlowCallbacks, watchSlowCallbacks } from './slow-callbacks.ts';
import { makeTask, taskChecks, type Task, type TaskFunction, type TaskOptions, type TaskPlace } from './task.ts';
import { callNextTurn } from './turn.ts';

/** Receives the failures nobody waits for. */
export type ExceptionHandler = (loop: Loop, context: ExceptionContext) => void;

/** A scheduled callback. */
export interface Handle extends Disposable {
  cancel(): void;
  cancelled(): boolean;
}

/** A callback scheduled for a time. */
export interface TimerHandle extends Handle {
  /** When it is due, on the scale of `loop.time()`. */
  when(): number;
}

export interface LoopOptions {
  /** Debug mode. Default: whether `OFFLOOP_DEBUG` is set. */
  debug?: boolean | undefined;
}

const loopChecks: Checks<LoopOptions> = { debug: aBoolean };

export interface ShutdownDefaultExecutorOptions {
  /** Milliseconds after which what still runs is left behind. Default 300 000. */
  timeout?: number | undefined;
}

const shutdownChecks: Checks<ShutdownDefaultExecutorOptions> = { timeout: duration };

const aMoment: Check = (when) => (milliseconds(when) === undefined ? undefined : 'a time of loop.time()');

/** How long `shutdownDefaultExecutor` waits for running work unless told. */
const DEFAULT_EXECUTOR_SHUTDOWN_MS = 300_000;

/**
 * What belongs together while a program runs: the tasks, the default executor, the exception handler, debug mode.
 * Node's own loop does the turning; a `Loop` never starts or stops. `run()` and each `Runner` have one; code outside
 * them shares one per thread.
 *
 * @see https://docs.python.org/3/library/asyncio-eventloop.html
 */
export class Loop implements ScopeLoop {
  /** Holds every task that no task group holds. */
  readonly root: Scope;
  readonly #place: TaskPlace;
  #slowCallbackDuration = 100;
  #debug = false;
  #closed = false;
  #handler: ExceptionHandler | null = null;
  #executor: LoopExecutor | undefined;
  #executorShutDown = false;

  constructor(options: LoopOptions = {}) {
    checkOptions(options, loopChecks, 'Loop');
    this.root = new Scope(undefined, undefined, this);
    this.#place = { parent: this.root, loop: this };
    this.debug = options.debug ?? debugFromEnvironment();
  }

  get debug(): boolean {
    return this.#debug;
  }

  set debug(on: boolean) {
    checkArgument('debug', on, aBoolean);
    if (on === this.#debug || this.#closed) return;
    this.#debug = on;
    if (!on) {
      leaveDebug();
      if (!isDebug()) unwatchSlowCallbacks();
      return;
    }
    enterDebug();
    watchSlowCallbacks(
      () => getRunningLoop().slowCallbackDuration,
      (ms, task) =>
        reportWarning(
          `Executing ${task === undefined ? 'a callback' : task.toString()} took ${(ms / 1000).toFixed(3)} seconds`,
        ),
    );
  }

  /** Debug mode reports callbacks that hold the loop for this many milliseconds. Default 100. */
  get slowCallbackDuration(): number {
    return this.#slowCallbackDuration;
  }

  set slowCallbackDuration(ms: number) {
    // Compared with what is no number, every callback would be slow, that of the report too.
    checkArgument('slowCallbackDuration', ms, milliseconds);
    this.#slowCallbackDuration = ms;
  }

  /** Milliseconds on the scale of `callAt` and `timeoutAt`; it never goes back. */
  time(): number {
    return now();
  }

  createTask<T>(fn: TaskFunction<T>, options?: TaskOptions): Task<T> {
    if (options !== undefined) checkOptions(options, taskChecks, 'createTask()');
    const task = this.#make(fn, options);
    if (options?.eager === true) task.start();
    else startSoon(task);
    return task;
  }

  /** For the library: a task that has not started. */
  makeTask<T>(fn: TaskFunction<T>): Task<T> {
    return this.#make(fn);
  }

  #make<T>(fn: TaskFunction<T>, options?: TaskOptions): Task<T> {
    if (this.#closed) throw new InvalidStateError('Event loop is closed: its run() has ended');
    return makeTask(fn, options, this.#place);
  }

  createFuture<T>(): Future<T> {
    return new Future<T>();
  }

  /** Calls `fn(...args)` in the next turn of the loop, after what was asked for before. */
  callSoon<A extends unknown[]>(fn: (...args: A) => void, ...args: A): Handle {
    this.#checkCallback(fn, 'callSoon');
    const callback = new Callback(this, fn, args);
    callback.stop = callNextTurn(callback.run);
    return callback;
  }

  /** Calls `fn(...args)` in `ms` milliseconds. */
  callLater<A extends unknown[]>(ms: number, fn: (...args: A) => void, ...args: A): TimerHandle {
    checkArgument('ms', ms, milliseconds);
    this.#checkCallback(fn, 'callLater');
    return new TimedCallback(this, now() + ms, fn, args);
  }

  /** Calls `fn(...args)` when `loop.time()` reaches `when`. */
  callAt<A extends unknown[]>(when: number, fn: (...args: A) => void, ...args: A): TimerHandle {
    checkArgument('when', when, aMoment);
    this.#checkCallback(fn, 'callAt');
    return new TimedCallback(this, when, fn, args);
  }

  /**
   * Runs `fn(...args)` in an executor, the default one for `null`, and returns its future.
   * @throws ExecutorShutDownError when the default executor has been shut down.
   */
  runInExecutor<A extends unknown[], R>(
    executor: LoopExecutor | null,
    fn: (...args: A) => R,
    ...args: A
  ): Future<Awaited<R>> {
    checkArgument('fn', fn, aFunction);
    if (executor !== null && !isLoopExecutor(executor)) {
      throw new InvalidOptionError('executor', 'an Executor, or null for the default one', executor);
    }
    return (executor ?? this.defaultExecutor()).submit(fn, ...args);
  }

  /** The executor `runInExecutor(null, …)` and `toThread` use; made when first needed. */
  defaultExecutor(): LoopExecutor {
    if (this.#executorShutDown) throw new ExecutorShutDownError('Executor shutdown has been called');
    return (this.#executor ??= makeDefaultExecutor());
  }

  setDefaultExecutor(executor: LoopExecutor): void {
    if (!isLoopExecutor(executor)) {
      throw new InvalidOptionError('executor', 'an Executor, with submit() and shutdown()', executor);
    }
    this.#executor = executor;
  }

  /** Ends the default executor after its work. When `timeout` passes first it says so and stops waiting. */
  async shutdownDefaultExecutor(options: ShutdownDefaultExecutorOptions = {}): Promise<void> {
    checkOptions(options, shutdownChecks, 'loop.shutdownDefaultExecutor()');
    const timeout = options.timeout ?? DEFAULT_EXECUTOR_SHUTDOWN_MS;
    this.#executorShutDown = true;
    const executor = this.#executor;
    // Once: one that did not end in time has been left behind, and is not waited for again.
    this.#executor = undefined;
    if (executor === undefined) return;
    const ended = executor.shutdown({ wait: true });
    let timer: Timer | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimer(timeout, () => resolve('late'));
    });
    try {
      if ((await Promise.race([ended, late])) !== 'late') return;
    } finally {
      timer?.cancel();
    }
    reportWarning(`The executor did not finish joining its threads within ${timeout / 1000} seconds.`);
    ended.catch((exception: unknown) => this.callExceptionHandler({ message: 'Executor shutdown failed', exception }));
    await executor.shutdown({ wait: false });
  }

  /** Sets who hears of failures nobody waits for; `null` for the default, which prints them. */
  setExceptionHandler(handler: ExceptionHandler | null): void {
    if (handler !== null && typeof handler !== 'function') {
      throw new InvalidOptionError('handler', 'a function (loop, context) or null', handler);
    }
    this.#handler = handler;
  }

  getExceptionHandler(): ExceptionHandler | null {
    return this.#handler;
  }

  /** Prints a failure as the default handler does. */
  defaultExceptionHandler(context: ExceptionContext): void {
    printException(context);
  }

  /** Hands a failure to the exception handler. Whatever the handler does, it does not come out here. */
  callExceptionHandler(context: ExceptionContext): void {
    if (anObject(context) !== undefined) {
      throw new InvalidOptionError('context', 'an object such as { message, exception }', context);
    }
    const handler = this.#handler;
    if (handler === null) {
      printException(context);
      return;
    }
    try {
      handler(this, context);
    } catch (exception) {
      reportBrokenHandler(exception, context, (report) => this.defaultExceptionHandler(report));
    }
  }

  /** For the runner: no more tasks. */
  close(): void {
    this.debug = false;
    this.#closed = true;
  }

  #checkCallback(fn: unknown, method: string): void {
    if (typeof fn !== 'function') {
      throw new InvalidOptionError('fn', `a function: ${method}() calls it later`, fn);
    }
    if (this.#debug && fn.constructor.name === 'AsyncFunction') {
      throw new InvalidOptionError('fn', `no async function: ${method}() would drop its promise; use createTask()`, fn);
    }
  }
}

class Callback<A extends unknown[]> implements Handle {
  readonly run: () => void;
  stop: (() => void) | undefined;
  #cancelled = false;

  constructor(loop: Loop, fn: (...args: A) => void, args: A) {
    const bound = copyContext(fn);
    this.run = () => {
      if (this.#cancelled) return;
      try {
        bound(...args);
      } catch (exception) {
        loop.callExceptionHandler({ message: `Exception in callback ${inspect(fn)}`, exception, handle: this });
      }
    };
  }

  cancel(): void {
    this.#cancelled = true;
    this.stop?.();
  }

  cancelled(): boolean {
    return this.#cancelled;
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}

class TimedCallback<A extends unknown[]> extends Callback<A> implements TimerHandle {
  readonly #when: number;

  constructor(loop: Loop, when: number, fn: (...args: A) => void, args: A) {
    super(loop, fn, args);
    this.#when = when;
    const timer = setTimer(when - now(), this.run);
    this.stop = () => timer.cancel();
  }

  when(): number {
    return this.#when;
  }
}

let ambient: Loop | undefined;
/** The loops of the runs that are on, the newest last: for callbacks that belong to no scope. */
const active: Loop[] = [];

/** The loop of the `run()` this code is in; else of the one that is on; else the one of this thread. */
export function getRunningLoop(): Loop {
  return (currentScope()?.loop as Loop | undefined) ?? active.at(-1) ?? (ambient ??= new Loop());
}

/** For the runner. */
export function enterLoop(loop: Loop): void {
  active.push(loop);
}

export function leaveLoop(loop: Loop): void {
  const index = active.lastIndexOf(loop);
  if (index !== -1) active.splice(index, 1);
}

/** The loops of the runs that are on. */
export function activeLoops(): readonly Loop[] {
  return active;
}

setReporter((context) => getRunningLoop().callExceptionHandler(context));
