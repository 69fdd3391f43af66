import { AsyncResource } from 'node:async_hooks';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { CancelFlags } from '../worker/cancel-flags.ts';
import type { Guard } from '../worker/job-runner.ts';
import type { CutMessage, InterruptMessage } from './interrupt.ts';

/**
 * Where a worker runs jobs whose code may be cut off: directly in the event of a port.
 *
 * Cutting off means that nothing on the stack is completed. Node keeps a stack of its own of asynchronous contexts for
 * timers, immediates and microtasks, and ends the whole process when it finds that out of order; events of a port are
 * the ones it unwinds in native code, where a cut does no harm.
 */
export class Stage {
  #port: MessagePort = this.#open();
  #next: { readonly ticket: number; readonly run: () => void; readonly said: (() => void)[] } | undefined;

  /**
   * A job has been cut off here. Before Node 24 an `AsyncLocalStorage` keeps its value on the port while the event lasts,
   * and whoever was to take it away again has not come to that.
   */
  renew(): void {
    this.#port.close();
    this.#port = this.#open();
  }

  #open(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    port2.on('message', () => {
      const next = this.#next;
      this.#next = undefined;
      if (next === undefined) return;
      next.run();
      for (const tell of next.said) tell();
    });
    // The channel that brings the jobs keeps the worker alive.
    port2.unref();
    return port1;
  }

  /** Runs the job with this ticket in an event of its own. */
  enter(ticket: number, run: () => void): void {
    this.#next = { ticket, run, said: [] };
    this.#port.postMessage(0, []);
  }

  /** False when this job is not one that is still to be run; otherwise `tell` is called when it has begun. */
  defer(ticket: number, tell: () => void): boolean {
    if (this.#next?.ticket !== ticket) return false;
    this.#next.said.push(tell);
    return true;
  }

  /** True when this job was still to be run; now it will not be. */
  forget(ticket: number): boolean {
    if (this.#next?.ticket !== ticket) return false;
    this.#next = undefined;
    return true;
  }
}

/** What marks the code of jobs that `stage` runs; those that had to be loaded first enter it a second time. */
export function stageGuard(stage: Stage, flags: CancelFlags): Guard {
  return {
    enter: () => flags.enter(),
    leave: () => void flags.leave(),
    stage: (run) =>
      new Promise((resolve, reject) => {
        stage.enter(0, () => {
          try {
            resolve(run());
          } catch (error) {
            reject(error);
          }
        });
      }),
  };
}

/**
 * The one way for a job's own code to get onto Node's stack of asynchronous contexts: while it is there, it cannot be cut
 * off. Changes the class in this thread only, which belongs to a pool that was asked to interrupt.
 */
export function keepCutsOutOfAsyncScopes(flags: CancelFlags): void {
  const { prototype } = AsyncResource;
  const { runInAsyncScope } = prototype;
  prototype.runInAsyncScope = function <T>(this: AsyncResource, fn: (...args: unknown[]) => T, ...rest: unknown[]): T {
    const wasInside = flags.leave();
    try {
      return Reflect.apply<AsyncResource, [typeof fn, ...unknown[]], T>(runInAsyncScope, this, [fn, ...rest]);
    } finally {
      if (wasInside) flags.enter();
    }
  };
}

/** @param drop answers for the job with this ticket, unless it was answered for already. */
export function listenForInterrupts(port: MessagePort, stage: Stage, drop: (ticket: number) => void): void {
  port.on('message', ({ ticket, cut }: InterruptMessage) => {
    if (cut) stage.renew();
    drop(ticket);
    if (cut) port.postMessage('dropped' satisfies CutMessage, []);
  });
  port.unref();
}
