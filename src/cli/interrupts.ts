import { EXIT_INTERRUPTED, EXIT_TERMINATED } from './exit-codes.ts';

/** What a run does at each signal that asks it to end. */
export interface InterruptActions {
  /** First Ctrl-C: start nothing new. */
  stop(): void;
  /** Second Ctrl-C, or SIGTERM: cancel what is running. */
  cancel(): void;
  /** Third: end now. */
  kill(exitCode: number): void;
}

/** Listens for Ctrl-C and SIGTERM while a run is on. */
export class Interrupts {
  readonly #actions: InterruptActions;
  readonly #onInterrupt = (): void => this.#next(EXIT_INTERRUPTED, 1);
  readonly #onTerminate = (): void => this.#next(EXIT_TERMINATED, 2);
  #stage = 0;
  #exitCode: number | undefined;

  constructor(actions: InterruptActions) {
    this.#actions = actions;
  }

  /** 130 or 143 once a signal came; `undefined` before. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  listen(): void {
    process.on('SIGINT', this.#onInterrupt);
    process.on('SIGTERM', this.#onTerminate);
  }

  dispose(): void {
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onTerminate);
  }

  #next(exitCode: number, least: number): void {
    this.#exitCode ??= exitCode;
    this.#stage = Math.max(this.#stage + 1, least);
    if (this.#stage === 1) this.#actions.stop();
    else if (this.#stage === 2) this.#actions.cancel();
    else this.#actions.kill(this.#exitCode);
  }
}
