const filename = new URL('../jobs/jobs.mjs', import.meta.url).href;

async function open(shape, options) {
  const { Tinypool } = await import('tinypool');
  const pool = new Tinypool({ filename, minThreads: shape.workers, maxThreads: shape.workers, ...options });
  return {
    run: (job, argument) => pool.run(argument, { name: job }),
    runTransfer: (job, value, list) => pool.run(value, { name: job, transferList: list }),
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

const common = { group: 'peer', package: 'tinypool', pace: 1 };
export const candidates = [
  { ...common, id: 'tinypool', label: 'tinypool', open: (shape) => open(shape, {}) },
  {
    ...common,
    id: 'tinypool-best',
    label: 'tinypool, 64 tasks a worker',
    group: 'tuned',
    pace: 3,
    open: (shape) => open(shape, { concurrentTasksPerWorker: 64 }),
  },
  {
    ...common,
    id: 'tinypool-processes',
    label: 'tinypool, child processes',
    pace: 0.3,
    open: (shape) => open(shape, { runtime: 'child_process' }),
  },
  {
    ...common,
    id: 'tinypool-processes-best',
    label: 'tinypool, child processes, 64 tasks a process',
    group: 'tuned',
    pace: 2,
    open: (shape) => open(shape, { runtime: 'child_process', serialization: 'json', concurrentTasksPerWorker: 64 }),
  },
];
