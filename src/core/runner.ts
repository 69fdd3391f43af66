import { InvalidStateError } from '../errors.ts';
import { signalError, toCancelledError } from './cancellation.ts';
import { setTimer, type Timer } from './clock.ts';
import { currentScope } from './context.ts';
import { currentVariables } from './context-var.ts';
import { allTasks } from './create-task.ts';
import { watchForDeadlock } from './deadlock.ts';
import { activeLoops, enterLoop, leaveLoop, Loop } from './loop.ts';
import { reportOpenResources } from './open-resources.ts';
import { aBoolean, aSignal, checkOptions, duration, type Checks } from './options.ts';
import { exitQuietlyOn, signalExitCode, signalNames, watchSignals } from './process-signals.ts';
import { Scope } from './scope.ts';
import { endTasks } from './end-tasks.ts';
import { makeTask, type Task, type TaskFunction } from './task.ts';
import { describeTasks } from './task-report.ts';
import { isThenable } from './thenable.ts';

export interface RunOptions {
  /** Debug mode. Default: whether `OFFLOOP_DEBUG` is set. */
  debug?: boolean | undefined;
  /** Milliseconds that clean-up may take, after a signal or at the end. Default: no limit. */
  drain?: number | undefined;
  /** Signals that cancel the main task. Default SIGINT and SIGTERM; `false` for none. */
  signals?: readonly NodeJS.Signals[] | boolean | undefined;
  /** Cancels the main task when aborted. */
  signal?: AbortSignal | undefined;
}

const runChecks: Checks<RunOptions> = { debug: aBoolean, drain: duration, signals: signalNames, signal: aSignal };

const DEFAULT_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];

/**
 * Runs async functions as main tasks, one after the other, on one loop: they share the default executor, the context
 * variables and the background tasks, until `close()`.
 *
 * @see https://docs.python.org/3/library/asyncio-runner.html#asyncio.Runner
 */
export class Runner implements AsyncDisposable {
  readonly loop: Loop;
  readonly #options: RunOptions;
  readonly #signals: readonly NodeJS.Signals[];
  /** Holds the context variables of all runs: a copy of those around it. */
  readonly #context: Scope;
  #running = false;
  #closing: Promise<void> | undefined;
  /** The signal that has cancelled the last run. */
  #seen: NodeJS.Signals | undefined;

  constructor(options: RunOptions = {}) {
    checkOptions(options, runChecks, 'Runner');
    const { signals = true } = options;
    this.#signals = signals === true ? DEFAULT_SIGNALS : signals === false ? [] : signals;
    this.#options = options;
    this.loop = new Loop({ debug: options.debug });
    this.#context = new Scope(undefined, undefined, this.loop);
    this.#context.variables = currentVariables();
  }

  /**
   * Runs `main` to its end and gives what it returns. SIGINT and SIGTERM cancel it; a second signal ends the process.
   * @throws InvalidStateError when closed, or inside another run.
   */
  async run<T>(main: TaskFunction<T> | PromiseLike<T>): Promise<T> {
    if (this.#closing !== undefined) throw new InvalidStateError('Runner is closed');
    const current = currentScope()?.loop;
    if (this.#running || (current !== undefined && activeLoops().includes(current as Loop))) {
      throw new InvalidStateError('Runner.run() cannot be called from a running event loop: await the function itself');
    }
    const place = { parent: this.loop.root, loop: this.loop, owner: this.#context };
    const fn = isThenable(main as unknown) ? () => main as PromiseLike<T> : (main as TaskFunction<T>);
    const task = makeTask(fn, undefined, place);
    this.#running = true;
    enterLoop(this.loop);
    const stop = this.#watch(task);
    try {
      task.start();
      return await task;
    } finally {
      stop();
      leaveLoop(this.loop);
      this.#running = false;
    }
  }

  /** Cancels and awaits the tasks that are left, reports their errors, ends the default executor. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { drain } = this.#options;
    let late: NodeJS.Signals | undefined;
    let limit = this.#seen === undefined ? undefined : this.#endAfterDrain(this.#seen);
    const onLate = (name: NodeJS.Signals): void => {
      late = name;
      limit = this.#endAfterDrain(name);
    };
    const stopSignals = watchSignals(this.#signals, onLate, this.#seen !== undefined);
    const stopDeadlock = watchForDeadlock();
    enterLoop(this.loop);
    try {
      await endTasks(this.loop, drain);
      await this.loop.shutdownDefaultExecutor({ timeout: drain });
      reportOpenResources();
    } finally {
      // What is left behind after a signal must not keep the program.
      if (allTasks(this.loop).size === 0) limit?.cancel();
      stopSignals();
      stopDeadlock();
      leaveLoop(this.loop);
      this.loop.close();
      // It came when all was ending anyway: what it does to others is done now.
      if (late !== undefined) process.kill(process.pid, late);
    }
  }

  #watch(task: Task): () => void {
    let limit: Timer | undefined;
    const { signal } = this.#options;
    this.#seen = undefined;
    const stopSignals = watchSignals(this.#signals, (name) => {
      this.#seen = name;
      task.scope.cancel(toCancelledError(name, 'signal'));
      limit = this.#endAfterDrain(name);
    });
    const onAbort = (): void => void task.scope.cancel(signalError(signal as AbortSignal));
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    const stopDeadlock = watchForDeadlock();
    task.listen({
      futureDone: () => {
        if (this.#seen !== undefined && task.cancelled()) exitQuietlyOn(cancellationOf(task), this.#seen);
      },
    });
    return () => {
      limit?.cancel();
      stopSignals();
      stopDeadlock();
      signal?.removeEventListener('abort', onAbort);
    };
  }

  /** Ends the process when clean-up takes longer than it may. */
  #endAfterDrain(name: NodeJS.Signals): Timer | undefined {
    const { drain } = this.#options;
    if (drain === undefined) return undefined;
    const timer = setTimer(drain, () => {
      const left = describeTasks(this.loop);
      process.stderr.write(`Clean-up after ${name} took longer than ${drain} ms. Still there:\n${left.join('\n')}\n`);
      process.exit(signalExitCode(name));
    });
    timer.setRef(false);
    return timer;
  }
}

function cancellationOf(task: Task): unknown {
  try {
    return task.resultNow();
  } catch (error) {
    return error;
  }
}

/**
 * Runs a program: `main` as the main task, then the orderly end. What is left of the tasks is cancelled and awaited,
 * the default executor ends. SIGINT and SIGTERM cancel the main task's scope, every wait in it rejects, and once it
 * has cleaned up the process ends with 130 or 143; a second signal ends it at once. Gives what `main` returns.
 *
 * @example
 * await run(async () => {
 *   await sleep(1);
 * });
 *
 * @throws InvalidStateError inside another `run()`.
 * @see https://docs.python.org/3/library/asyncio-runner.html#asyncio.run
 */
export async function run<T>(main: TaskFunction<T> | PromiseLike<T>, options?: RunOptions): Promise<T> {
  checkOptions(options, runChecks, 'run()');
  const current = currentScope()?.loop;
  if (current !== undefined && activeLoops().includes(current as Loop)) {
    throw new InvalidStateError('run() cannot be called from a running event loop: await the function itself');
  }
  const runner = new Runner(options);
  try {
    return await runner.run(main);
  } finally {
    await runner.close();
  }
}
