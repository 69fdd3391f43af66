import type { Future } from 'offloop';

/** Submits a job and waits for its first report of progress. In an object: a promise would wait for the future. */
export function whenRunning(submit: (onProgress: () => void) => Future): Promise<{ readonly future: Future }> {
  return new Promise((resolve) => {
    const future: Future = submit(() => resolve({ future }));
    future.catch(() => {});
  });
}
