import { isMainThread, MessageChannel, type MessagePort } from 'node:worker_threads';
import type { CancelFlags } from '../worker/cancel-flags.ts';
import { Interrupter } from './interrupter.ts';

/** Tells a worker that a job is to be dropped. */
export interface InterruptMessage {
  readonly ticket: number;
  /** Its code was cut off; the worker says when it has answered for it. */
  readonly cut: boolean;
}

/** What a worker says: it is held and may be cut off; what it was told to drop is answered for. */
export type CutMessage = 'held' | 'dropped';

type RunningJob = { readonly ticket: number; done(): boolean };

let interrupter: Interrupter | undefined;

/**
 * Stops the jobs of one thread, which lives on.
 *
 * A job that waits for something is dropped by the thread itself, which hears of it through a port. One that computes
 * keeps the thread from hearing anything: its code is cut off, and the thread hears then. What is neither (a module that
 * is being loaded, what an asynchronous function does after its first `await`) cannot be cut off without harm; it is
 * looked at again until the pool gives up and ends the thread. `cancel-flags.ts` says how the two agree on a cut.
 */
export class ThreadInterrupts {
  readonly workerPort: MessagePort;
  readonly #port: MessagePort;
  readonly #flags: CancelFlags;
  #onHeld: (() => void) | undefined;
  #onDropped: (() => void) | undefined;

  constructor(flags: CancelFlags) {
    const { port1, port2 } = new MessageChannel();
    this.#flags = flags;
    this.#port = port1;
    this.workerPort = port2;
    port1.on('message', (said: CutMessage) => (said === 'held' ? this.#onHeld?.() : this.#onDropped?.()));
    port1.unref();
  }

  /**
   * Resolves when the job has ended and nothing that follows can be hit; undefined where threads cannot be reached.
   * @param onStep called when it has come a step further.
   */
  interrupt(threadId: number, job: RunningJob, onStep: () => void): Promise<void> | undefined {
    if (!isMainThread) return undefined;
    interrupter ??= new Interrupter();
    return interrupter.attach() ? this.#stop(interrupter, threadId, job, onStep) : undefined;
  }

  close(): void {
    this.#port.close();
  }

  async #stop(cutter: Interrupter, threadId: number, job: RunningJob, onStep: () => void): Promise<void> {
    this.#tell(job, false);
    while (!job.done()) {
      if (this.#flags.isInside() && (await this.#cut(cutter, threadId, onStep))) {
        await new Promise<void>((resolve) => {
          this.#onDropped = resolve;
          this.#tell(job, true);
        });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Resolves to false when the thread is where it must not be cut off. */
  async #cut(cutter: Interrupter, threadId: number, onStep: () => void): Promise<boolean> {
    this.#onHeld = () => {
      onStep();
      cutter.cut(threadId);
      this.#flags.cut();
    };
    if (!(await cutter.stop(threadId))) return false;
    this.#flags.hit();
    onStep();
    return true;
  }

  #tell({ ticket }: RunningJob, cut: boolean): void {
    const message: InterruptMessage = { ticket, cut };
    this.#port.postMessage(message, []);
  }
}
