import { Worker } from 'node:worker_threads';

const script = new URL('../jobs/bare-worker.mjs', import.meta.url);

/** One worker, answers in the order of the questions: the least code that gives promises over `postMessage`. */
class Line {
  #waiting = [];
  #head = 0;
  #worker = new Worker(script);

  constructor() {
    this.#worker.on('message', (value) => this.#answer(value));
  }

  run(job, argument, transfer) {
    this.#worker.postMessage([job, argument], transfer);
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

async function open(shape) {
  const lines = Array.from({ length: shape.workers }, () => new Line());
  let turn = 0;
  const next = () => lines[(turn = (turn + 1) % lines.length)];
  return {
    run: (job, argument) => next().run(job, argument),
    runTransfer: (job, value, list) => next().run(job, value, list),
    start(job, argument) {
      const line = next();
      const cancel = () => {
        lines[lines.indexOf(line)] = new Line();
        line.terminate().catch((error) => console.error(error));
      };
      return { done: line.run(job, argument), cancel };
    },
    close: () => Promise.all(lines.map((line) => line.terminate())),
  };
}

export const candidates = [{ id: 'bare', label: 'bare postMessage', group: 'bare', pace: 4, open }];
