import type { Job } from '../executor/job.ts';
import type { PoolSettings } from '../executor/options.ts';
import { parcel, type Payload } from '../executor/payload.ts';
import type { PoolWorker, WorkerEvents, WorkerHost } from '../executor/pool-worker.ts';
import { InvalidStateError } from '../errors.ts';
import type { WorkerSetup } from '../worker/protocol.ts';
import { keepJobBody, restoreArgs } from './job-body.ts';
import { ProcessWorker } from './process-worker.ts';

/** Longest sleep between two looks at the pipes of a thread that waits without its event loop. */
const MAX_NAP_MS = 1;

const napWord = new Int32Array(new SharedArrayBuffer(4));

/** Starts and holds the children of one pool. */
export class ProcessHost implements WorkerHost {
  readonly #settings: PoolSettings;
  readonly #workers = new Set<ProcessWorker>();
  readonly #onExit = (): void => {
    for (const { pid } of this.#workers) if (pid !== undefined) tryKill(pid);
  };

  constructor(settings: PoolSettings) {
    this.#settings = settings;
  }

  spawn(setup: WorkerSetup, events: WorkerEvents): PoolWorker {
    const worker = new ProcessWorker(setup, this.#settings, events, () => {
      this.#workers.delete(worker);
      if (this.#workers.size === 0) process.off('exit', this.#onExit);
    });
    if (this.#workers.size === 0) process.on('exit', this.#onExit);
    this.#workers.add(worker);
    return worker;
  }

  keep(job: Job): Payload {
    return keepJobBody(job);
  }

  restore(job: Job): readonly unknown[] {
    const { args, encoded } = parcel(job.payload ?? []);
    return encoded === undefined ? args : restoreArgs(job, encoded);
  }

  /** Ends every child at once, without a chance to clean up. */
  kill(): void {
    for (const worker of this.#workers) void worker.kill('SIGKILL');
  }

  /**
   * Blocks by looking and napping: there is no call in Node that sleeps until one of several pipes has something.
   * @throws InvalidStateError where pipes cannot be read without the event loop, or it holds half a message.
   */
  waitSync(drain: () => number, timeout: number, job: Job): void {
    const deadline = performance.now() + timeout;
    let nap = 0.05;
    while (drain() === 0) {
      this.#checkReadable(job);
      const left = deadline - performance.now();
      if (left <= 0) return;
      Atomics.wait(napWord, 0, 0, Math.min(nap, left));
      nap = Math.min(nap * 1.5, MAX_NAP_MS);
    }
  }

  /** The child that has the job must be able to get on; while none has it, any of them, which may take it then. */
  #checkReadable(job: Job): void {
    const own = job.seat?.worker as ProcessWorker | undefined;
    const workers = own === undefined ? [...this.#workers] : [own];
    if (workers.length === 0 || workers.some(({ pipe }) => pipe?.canBlock !== false)) return;
    throw new InvalidStateError(
      process.platform === 'win32'
        ? 'resultSync() cannot wait for a process on this system: await the future'
        : 'resultSync() would block for ever: arguments for a process are still being sent by the event loop; await the future',
    );
  }
}

/** At the end of the program nothing can be done about a child that is gone already. */
function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
