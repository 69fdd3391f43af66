import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CancelledError } from '#offloop/errors.js';
import { Job, type JobOwner, type JobSpec } from '#offloop/executor/job.js';
import { JobQueue } from '#offloop/executor/job-queue.js';

/** A queue whose jobs, cancelled, end as those that wait in a pool do. */
function queueWithJobs(): { queue: JobQueue; make: (priority: number) => Job } {
  const queue = new JobQueue();
  const owner: JobOwner = {
    cancel(job) {
      job.end(new CancelledError());
      queue.forget();
      return true;
    },
    credit: () => {},
    waitSync: () => undefined,
  };
  return { queue, make: (priority) => new Job({ owner, options: { priority } } as JobSpec, []) };
}

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), priority: fc.integer({ min: -3, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('push' as const), priority: fc.integer() }) },
  { weight: 3, arbitrary: fc.constant({ do: 'shift' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'back' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat() }) },
);

describe('the queue of a pool', () => {
  it('gives the highest priority first, equal ones as they came, whatever is put back or cancelled', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const { queue, make } = queueWithJobs();
        const expected: Job[] = [];
        let last: Job | undefined;
        const isBefore = (job: Job, other: Job): boolean => job.priority > other.priority;
        for (const step of actions) {
          if (step.do === 'push') {
            const job = make(step.priority);
            queue.push(job);
            const at = expected.findIndex((other) => isBefore(job, other));
            expected.splice(at === -1 ? expected.length : at, 0, job);
          } else if (step.do === 'shift') {
            last = queue.shift();
            assert.equal(last, expected.shift());
          } else if (step.do === 'back') {
            if (last === undefined) continue;
            const back = last;
            last = undefined;
            queue.pushFront(back);
            const at = expected.findIndex((other) => !isBefore(other, back));
            expected.splice(at === -1 ? expected.length : at, 0, back);
          } else if (expected.length > 0) {
            const [job] = expected.splice(step.which % expected.length, 1);
            job?.cancel();
          }
          assert.equal(queue.size, expected.length);
        }
        assert.deepEqual(queue.takeAll(), expected);
        assert.equal(queue.shift(), undefined);
      }),
    );
  });

  it('keeps the order when thousands of priorities were cancelled', () => {
    const { queue, make } = queueWithJobs();
    const jobs = Array.from({ length: 6_000 }, (_, index) => make((index * 7919) % 3_001));
    for (const job of jobs) queue.push(job);
    const [cancelled, kept] = [jobs.slice(0, 4_500), jobs.slice(4_500)];
    for (const job of cancelled) job.cancel();
    assert.equal(queue.size, kept.length);
    assert.deepEqual(
      queue.takeAll().map(({ priority }) => priority),
      kept.map(({ priority }) => priority).sort((a, b) => b - a),
    );
    assert.equal(queue.size, 0);
  });
});
