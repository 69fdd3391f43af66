import { Session } from 'node:inspector';
import { HOLD_EXPRESSION } from './cut-point.ts';

/** Ids of the messages to a thread. */
const HOLD = 1;
const CUT = 2;
/** The inspector lets go of the threads when nothing was interrupted for this long. */
const DETACH_AFTER_MS = 2000;

/**
 * Stops the JavaScript that other threads of this process are running, through the inspector inside the process: no
 * port is opened, no debugger is enabled. What it evaluates in a thread interrupts what runs there; `Runtime.terminateExecution` unwinds a busy loop in about a millisecond; the
 * thread goes on with its next event. Node offers this to the main thread only.
 */
export class Interrupter {
  #session: Session | undefined;
  /** Inspector session of each thread, by thread id. */
  readonly #sessions = new Map<string, string>();
  /** What is to be told about threads that are being stopped: whether the cut has hit. By thread id. */
  readonly #stopping = new Map<string, (hit: boolean) => void>();
  #detachTimer: NodeJS.Timeout | undefined;

  /**
   * Has the thread held where what it runs may be cut off (`cut-point.ts`); `cut` must follow when it says that it is. Call
   * `attach` before. Resolves to true when the cut has hit, to false when the thread could not be held.
   */
  stop(threadId: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.#stopping.set(String(threadId), resolve);
      // One that the inspector has not found yet is held as soon as it has.
      this.#hold(String(threadId));
    });
  }

  /** Cuts off what the thread runs as soon as it goes on. */
  cut(threadId: number): void {
    this.#send(String(threadId), { id: CUT, method: 'Runtime.terminateExecution' });
  }

  #hold(threadId: string): void {
    this.#send(threadId, {
      id: HOLD,
      method: 'Runtime.evaluate',
      params: { expression: HOLD_EXPRESSION, silent: true },
    });
  }

  #send(threadId: string, message: { readonly id: number; readonly method: string; readonly params?: object }): void {
    const sessionId = this.#sessions.get(threadId);
    if (sessionId === undefined) return;
    this.#session?.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify(message) });
  }

  /** False where threads cannot be reached: no inspector in this Node, or one without threads (Bun). */
  attach(): boolean {
    this.#detachTimer?.refresh();
    if (this.#session !== undefined) return true;
    const session = new Session();
    session.on('NodeWorker.attachedToWorker', ({ params }) => this.#found(params.workerInfo.title, params.sessionId));
    session.on('NodeWorker.detachedFromWorker', ({ params }) => this.#stopped(params.sessionId, true));
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) =>
      this.#answered(params.sessionId, params.message),
    );
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
    if (this.#stopping.has(threadId)) this.#hold(threadId);
  }

  #answered(session: string, message: string): void {
    const { id, result } = JSON.parse(message) as { id?: number; result?: { result?: { value?: unknown } } };
    // One that is held is to be cut off: its second answer counts.
    if (id === CUT || (id === HOLD && result?.result?.value !== true)) this.#stopped(session, id === CUT);
  }

  #stopped(session: string, hit: boolean): void {
    for (const [threadId, known] of this.#sessions) if (known === session) this.#settle(threadId, hit);
  }

  #settle(threadId: string, hit: boolean): void {
    this.#stopping.get(threadId)?.(hit);
    this.#stopping.delete(threadId);
  }

  #detach(): void {
    if (Array.from(this.#stopping.keys()).some((threadId) => this.#sessions.has(threadId))) {
      // A thread that has not got the CPU since: letting go now would say that it was stopped.
      this.#detachTimer?.refresh();
      return;
    }
    this.#session?.post('NodeWorker.disable');
    this.#session?.disconnect();
    this.#session = undefined;
    this.#sessions.clear();
    for (const threadId of this.#stopping.keys()) this.#settle(threadId, false);
  }
}
