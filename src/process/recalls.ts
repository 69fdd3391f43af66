import type { Socket } from 'node:net';
import type { Message } from '../transport/frames.ts';
import { queueMicrotask } from '../transport/own-timers.ts';
import { Pipe } from './pipe.ts';
import { LAST, RecallKind } from './wire.ts';

/** What the watcher said about the jobs that were asked for together. */
export interface RecallAnswers {
  /** They have not begun, and never will. */
  readonly taken: readonly number[];
  readonly begun: readonly number[];
}

/** The pool's line to the watcher of a child: asks for jobs back. What is asked for in one turn is answered together. */
export class Recalls {
  readonly #pipe: Pipe;
  readonly #onAnswers: (answers: RecallAnswers) => void;
  #watched = false;
  #wanted: number[] = [];
  #taken: number[] = [];
  #begun: number[] = [];

  /** @param onClosed the watcher is gone, and mostly the child with it. */
  constructor(socket: Socket, onAnswers: (answers: RecallAnswers) => void, onClosed: () => void) {
    this.#onAnswers = onAnswers;
    this.#pipe = new Pipe(socket, {
      message: (message) => this.#receive(message),
      passed: () => {},
      closed: onClosed,
    });
  }

  /** Whether there is somebody to answer. */
  get watched(): boolean {
    return this.#watched;
  }

  ask(ticket: number): void {
    this.#wanted.push(ticket);
    if (this.#wanted.length === 1) queueMicrotask(() => this.flush());
  }

  flush(): void {
    const wanted = this.#wanted;
    this.#wanted = [];
    for (const [index, ticket] of wanted.entries()) {
      this.#pipe.add(RecallKind.recall, index === wanted.length - 1 ? LAST : 0, ticket, 0);
    }
    this.#pipe.flushNow();
    this.#pipe.flushSoon();
  }

  /** Reads what lies in the pipe, without the event loop. */
  readNow(): void {
    this.#pipe.readNow();
  }

  ref(): void {
    this.#pipe.ref();
  }

  unref(): void {
    this.#pipe.unref();
  }

  destroy(): void {
    this.#pipe.destroy();
  }

  #receive({ kind, flags, ticket }: Message): void {
    if (kind === RecallKind.hello) {
      this.#watched = true;
      return;
    }
    (kind === RecallKind.begun ? this.#begun : this.#taken).push(ticket);
    if ((flags & LAST) === 0) return;
    const answers = { taken: this.#taken, begun: this.#begun };
    this.#taken = [];
    this.#begun = [];
    this.#onAnswers(answers);
  }
}
