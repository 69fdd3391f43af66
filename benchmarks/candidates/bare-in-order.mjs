/* oxlint-disable unicorn/require-post-message-target-origin -- workers, not windows */
import { Worker } from 'node:worker_threads';

const script = new URL('../jobs/bare-in-order-worker.mjs', import.meta.url);

/** Nothing but the value travels; answers come in the order of the questions. Less than this cannot be sent. */
class Line {
  #waiting = [];
  #head = 0;
  #worker = new Worker(script);

  constructor() {
    this.#worker.on('message', (value) => this.#answer(value));
  }

  run(job, argument) {
    this.#worker.postMessage([job, argument]);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  terminate() {
    return this.#worker.terminate();
  }

  #answer(value) {
    const resolve = this.#waiting[this.#head];
    this.#waiting[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#head = 0;
    }
    resolve(value);
  }
}

function open(shape) {
  const lines = Array.from({ length: shape.workers }, () => new Line());
  let turn = 0;
  return {
    run(job, argument) {
      turn = (turn + 1) % lines.length;
      return lines[turn].run(job, argument);
    },
    close: () => Promise.all(lines.map((line) => line.terminate())),
  };
}

export const candidates = [
  { id: 'bare-in-order', label: 'bare postMessage, values only, in order', group: 'least', pace: 25, open },
];
