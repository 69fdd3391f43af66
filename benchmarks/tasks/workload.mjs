// The measures, and how much of each a round does. A candidate's `measures` has a function for those it can do.
export const TASKS = 20_000;
export const TASK_LIMIT = 8;
export const YIELDERS = 100;
export const YIELDS = 200;
export const CONTENDERS = 100;
export const HOLDS = 200;
export const ITEMS = 50_000;
export const CAPACITY = 64;

/** measure → what is counted, and how many of it a round does. */
export const MEASURES = {
  task: { title: `a task: ${TASKS} begun together and awaited`, count: TASKS },
  limited: { title: `a task with a limit of ${TASK_LIMIT}: ${TASKS}, the results kept`, count: TASKS },
  turn: { title: `a turn of the loop: ${YIELDERS} tasks yield ${YIELDS} times`, count: YIELDERS * YIELDS },
  checkpoint: {
    title: `a checkpoint that need not wait: ${YIELDERS} tasks, ${YIELDS} each`,
    count: YIELDERS * YIELDS,
  },
  permit: { title: `a free permit, taken for a call: ${YIELDERS} tasks, ${YIELDS} each`, count: YIELDERS * YIELDS },
  handOver: { title: `a lock hand-over: ${CONTENDERS} tasks, ${HOLDS} times each`, count: CONTENDERS * HOLDS },
  item: { title: `a queue item: ${ITEMS} through a queue of ${CAPACITY}`, count: ITEMS },
};

export const noop = async () => {};

/** Not `Array.from({ length })`: that asks the object for each index, and would be measured as well. */
export function times(count, fn) {
  const all = [];
  for (let index = 0; index < count; index++) all.push(fn(index));
  return all;
}

/** An async function that awaits `wait()` again and again. */
export const repeatedly = (count, wait) => async () => {
  for (let index = 0; index < count; index++) await wait();
};

/** The measures of what limits calls: `make(concurrency)` gives a function that runs one within the limit. */
export const limiterMeasures = (call, make) => {
  const begin = (concurrency) => () => {
    const limit = make(concurrency);
    return Promise.all(times(TASKS, () => limit(noop)));
  };
  const calls = (concurrency, callers, count) => () => {
    const limit = make(concurrency);
    return Promise.all(
      times(
        callers,
        repeatedly(count, () => limit(noop)),
      ),
    );
  };
  return {
    task: { [call]: begin(Infinity) },
    limited: { [call]: begin(TASK_LIMIT) },
    permit: { [call]: calls(YIELDERS, YIELDERS, YIELDS) },
    handOver: { [`${call}, 1 at a time`]: calls(1, CONTENDERS, HOLDS) },
  };
};
