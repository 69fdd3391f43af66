const filename = new URL('../jobs/jobs.mjs', import.meta.url).href;

async function open(shape, options) {
  const { Piscina, move } = await import('piscina');
  const pool = new Piscina({ filename, minThreads: shape.workers, maxThreads: shape.workers, ...options });
  return {
    run: (job, argument) => pool.run(argument, { name: job }),
    runTransfer: (job, value) => pool.run(move(value), { name: job }),
    start(job, argument) {
      const controller = new AbortController();
      return {
        done: pool.run(argument, { name: job, signal: controller.signal }),
        cancel: () => controller.abort(),
      };
    },
    close: () => pool.destroy(),
  };
}

export const candidates = [
  { id: 'piscina', label: 'piscina', group: 'peer', package: 'piscina', pace: 1, open: (shape) => open(shape, {}) },
  {
    // The setting that gave most of all (atomics × concurrentTasksPerWorker 1…512 × recordTiming): it hands tasks to a
    // worker before that is free. Piscina's manual advises it for tasks that await; such tasks cannot be aborted.
    id: 'piscina-best',
    label: 'piscina, 512 tasks a worker, async atomics',
    group: 'tuned',
    package: 'piscina',
    pace: 8,
    open: (shape) => open(shape, { concurrentTasksPerWorker: 512, atomics: 'async', recordTiming: false }),
  },
];
