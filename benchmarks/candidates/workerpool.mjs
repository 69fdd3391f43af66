import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../jobs/workerpool-worker.mjs', import.meta.url));

async function open(shape, workerType) {
  const { default: workerpool } = await import('workerpool');
  const pool = workerpool.pool(script, { minWorkers: shape.workers, maxWorkers: shape.workers, workerType });
  return {
    run: (job, argument) => pool.exec(job, [argument]),
    runTransfer: (job, value, list) => pool.exec(job, [value], { transfer: list }),
    start(job, argument) {
      const done = pool.exec(job, [argument]);
      return { done, cancel: () => done.cancel() };
    },
    close: () => pool.terminate(true),
  };
}

const common = { group: 'peer', package: 'workerpool', pace: 1 };
export const candidates = [
  { ...common, id: 'workerpool', label: 'workerpool', open: (shape) => open(shape, 'thread') },
  {
    ...common,
    id: 'workerpool-processes',
    label: 'workerpool, processes',
    pace: 0.5,
    open: (shape) => open(shape, 'process'),
  },
];
