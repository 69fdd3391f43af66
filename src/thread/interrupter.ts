import { Session } from 'node:inspector';

/** The inspector lets go of the threads when nothing was interrupted for this long. */
const DETACH_AFTER_MS = 2000;

/**
 * Stops the JavaScript that other threads of this process are running, through the inspector inside the process: no
 * port is opened, no debugger is enabled. `Runtime.terminateExecution` unwinds a busy loop in about a millisecond; the
 * thread goes on with its next event. Node offers this to the main thread only.
 */
export class Interrupter {
  #session: Session | undefined;
  /** Inspector session of each thread, by thread id. */
  readonly #sessions = new Map<string, string>();
  /** Threads to be stopped as soon as the inspector has found them, by thread id. */
  readonly #wanted = new Map<string, () => void>();
  /** Threads that are being stopped, by session. */
  readonly #stopping = new Map<string, () => void>();
  #detachTimer: NodeJS.Timeout | undefined;

  /** Resolves when what the thread was running has been cut off. Call `attach` before. */
  cut(threadId: number): Promise<void> {
    return new Promise((resolve) => {
      const session = this.#sessions.get(String(threadId));
      if (session === undefined) this.#wanted.set(String(threadId), resolve);
      else this.#stop(session, resolve);
    });
  }

  #stop(session: string, resolve: () => void): void {
    this.#stopping.set(session, resolve);
    const message = JSON.stringify({ id: 1, method: 'Runtime.terminateExecution' });
    this.#session?.post('NodeWorker.sendMessageToWorker', { sessionId: session, message });
  }

  /** False where threads cannot be reached: no inspector in this Node, or one without threads (Bun). */
  attach(): boolean {
    this.#detachTimer?.refresh();
    if (this.#session !== undefined) return true;
    const session = new Session();
    session.on('NodeWorker.attachedToWorker', ({ params }) => this.#found(params.workerInfo.title, params.sessionId));
    session.on('NodeWorker.detachedFromWorker', ({ params }) => this.#stopped(params.sessionId));
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => this.#stopped(params.sessionId));
    try {
      session.connect();
      session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    } catch {
      // The caller ends the worker instead.
      session.disconnect();
      return false;
    }
    this.#session = session;
    this.#detachTimer = setTimeout(() => this.#detach(), DETACH_AFTER_MS);
    this.#detachTimer.unref();
    return true;
  }

  /** The id the inspector gives a worker is a count of its own; the thread's is in the title: `[worker 7] name`. */
  #found(title: string, session: string): void {
    const threadId = /^\[worker (\d+)\]/.exec(title)?.[1];
    if (threadId === undefined) return;
    this.#sessions.set(threadId, session);
    const resolve = this.#wanted.get(threadId);
    this.#wanted.delete(threadId);
    if (resolve !== undefined) this.#stop(session, resolve);
  }

  #stopped(session: string): void {
    this.#stopping.get(session)?.();
    this.#stopping.delete(session);
  }

  #detach(): void {
    if (this.#stopping.size > 0) {
      // A thread that has not got the CPU since: letting go now would say that it was stopped.
      this.#detachTimer?.refresh();
      return;
    }
    this.#session?.post('NodeWorker.disable');
    this.#session?.disconnect();
    this.#session = undefined;
    this.#sessions.clear();
    for (const resolve of this.#wanted.values()) resolve();
    this.#wanted.clear();
  }
}
