import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../jobs/fork.mjs', import.meta.url));

/** Child processes as one writes them by hand: `fork`, a message a task, an id, a map of who waits. */
class Line {
  #waiting = new Map();
  #lastId = 0;
  #child = fork(script);

  constructor() {
    this.#child.on('message', ({ id, value }) => {
      this.#waiting.get(id)(value);
      this.#waiting.delete(id);
    });
  }

  run(job, argument) {
    const id = ++this.#lastId;
    this.#child.send({ id, job, argument });
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
    });
  }

  close() {
    this.#child.kill();
    return new Promise((resolve) => {
      this.#child.once('exit', resolve);
    });
  }
}

function open(shape) {
  const lines = Array.from({ length: shape.workers }, () => new Line());
  let turn = 0;
  return {
    run: (job, argument) => lines[(turn = (turn + 1) % lines.length)].run(job, argument),
    close: () => Promise.all(lines.map((line) => line.close())),
  };
}

export const candidates = [{ id: 'fork', label: '`fork` and `send`', group: 'bare', pace: 1, open }];
