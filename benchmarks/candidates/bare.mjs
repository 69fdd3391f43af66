import { Worker } from 'node:worker_threads';

const script = new URL('../jobs/bare-worker.mjs', import.meta.url);

/** A worker as one writes it by hand: a message a task, an id, a map of who waits. */
class Line {
  #waiting = new Map();
  #lastId = 0;
  #worker = new Worker(script);

  constructor() {
    this.#worker.on('message', ({ id, value, error }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) resolve(value);
      else reject(error);
    });
  }

  run(job, argument, transfer) {
    const id = ++this.#lastId;
    this.#worker.postMessage({ id, job, argument }, transfer);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  terminate() {
    return this.#worker.terminate();
  }
}

function open(shape) {
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

export const candidates = [{ id: 'bare', label: 'bare postMessage', group: 'bare', pace: 20, open }];
