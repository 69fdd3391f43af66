import assert from 'node:assert/strict';
import {
  asCompleted,
  Barrier,
  BoundedSemaphore,
  cancellable,
  CapacityLimiter,
  Condition,
  ContextVar,
  createTask,
  Event,
  Future,
  gather,
  getRunningLoop,
  LifoQueue,
  Lock,
  Loop,
  PriorityQueue,
  Queue,
  run,
  Runner,
  Semaphore,
  shield,
  sleep,
  taskGroup,
  wait,
  waitFor,
  type AsCompletedOptions,
  type ContextVarOptions,
  type GatherOptions,
  type GetStackOptions,
  type GroupTaskOptions,
  type LoopOptions,
  type PriorityQueueOptions,
  type QueueOptions,
  type QueueShutdownOptions,
  type ResultSyncOptions,
  type RunOptions,
  type ShieldOptions,
  type ShutdownDefaultExecutorOptions,
  type SleepOptions,
  type Task,
  type TaskGroup,
  type TaskGroupOptions,
  type TaskOptions,
  type WaitForFuturesOptions,
  type WaitForOptions,
  type WaitOptions,
} from 'offloop';
import { VirtualClock, type VirtualClockOptions } from 'offloop/testing';
import { entry, method, type Bad, type Entry } from './refusals.ts';

const BOOLEAN = [/ true or false; /, 'yes', 0, 1, null, {}] as const;
const FUNCTION = [/ a function/, 'compare', 5, null, {}] as const;
const MILLISECONDS = [/ a number of milliseconds/, '5', Number.NaN, null, {}, true, 5n] as const;
export const DURATION = [...MILLISECONDS, -1] as const;
export const SIGNAL = [/ an AbortSignal; /, 5, 'abort', null, {}, new AbortController(), new EventTarget()] as const;
export const LIMITS: Bad<WaitOptions> = { timeout: MILLISECONDS, signal: SIGNAL };
const LIMIT = [/ an integer of at least 1, or Infinity; /, 0, -1, 1.5, Number.NaN, '3', null, -Infinity] as const;
const MAX_SIZE = [/ an integer, or Infinity; /, '5', 1.5, Number.NaN, null, {}, -Infinity] as const;
const TASK: Bad<TaskOptions> = { name: null, eager: BOOLEAN };
const RUN: Bad<RunOptions> = {
  debug: BOOLEAN,
  drain: DURATION,
  signals: [/ an array of signals a program can handle/, 'SIGINT', ['SIGFOO'], ['SIGKILL'], [2], ['toString'], 5, null],
  signal: SIGNAL,
};

let calls = 0;
/** Stands where a function is wanted; a refused call has not called it. */
const fn = async (): Promise<void> => void calls++;

function notCalled(): void {
  assert.equal(calls, 0, 'a function was called although the options were refused');
}

function uncalled(): void {
  calls = 0;
}

const FUNCTIONS: readonly Entry[] = [
  entry('asCompleted', 'asCompleted()', (options: AsCompletedOptions) => asCompleted([fn], options), LIMITS),
  entry('cancellable', 'cancellable()', (options: WaitOptions) => cancellable(fn(), options), LIMITS),
  method(
    ['createTask', 'createTask()'],
    { subject: uncalled, call: (_, options: TaskOptions) => createTask(fn, options), unharmed: notCalled },
    TASK,
  ),
  method(
    ['gather', 'gather()'],
    { subject: uncalled, call: (_, options: GatherOptions) => gather([fn], options), unharmed: notCalled },
    { returnExceptions: BOOLEAN, failFast: BOOLEAN, concurrency: LIMIT },
  ),
  entry('run', 'run()', (options: RunOptions) => run(fn, options), RUN),
  method(
    ['shield', 'shield()'],
    { subject: uncalled, call: (_, options: ShieldOptions) => shield(fn, options), unharmed: notCalled },
    { timeout: MILLISECONDS },
  ),
  entry('shield', 'shield()', (options: ShieldOptions) => shield(new Future(), options), { timeout: MILLISECONDS }),
  entry('sleep', 'sleep()', (options: SleepOptions) => sleep(0, undefined, options), { ...LIMITS, ref: BOOLEAN }),
  method(
    ['taskGroup', 'taskGroup()'],
    { subject: uncalled, call: (_, options: TaskGroupOptions) => taskGroup(fn, options), unharmed: notCalled },
    { errors: [/'first' or 'all'/, 'last', true, null, 1], limit: LIMIT },
  ),
  entry('wait', 'wait()', (options: WaitForFuturesOptions) => wait([new Future()], options), {
    ...LIMITS,
    returnWhen: [/'allCompleted', 'firstCompleted' or 'firstException'/, 'x', 'ALL_COMPLETED', 1, null, true],
  }),
  method(
    ['waitFor', 'waitFor()'],
    { subject: uncalled, call: (_, options: WaitForOptions) => waitFor(fn, 5, options), unharmed: notCalled },
    { signal: SIGNAL, abandon: BOOLEAN },
  ),
  method(
    ['waitFor', 'waitFor()'],
    {
      subject: () => new Future(),
      call: (future, options: WaitForOptions) => waitFor(future, 5, options),
      unharmed: (future) => assert.equal(future.state, 'pending'),
    },
    { signal: SIGNAL, abandon: BOOLEAN },
  ),
];

const CONSTRUCTORS: readonly Entry[] = [
  entry('new Runner', 'Runner', (options: RunOptions) => new Runner(options), RUN),
  entry('new Loop', 'Loop', (options: LoopOptions) => new Loop(options), { debug: BOOLEAN }),
  entry('new ContextVar', 'ContextVar', (options: ContextVarOptions<number>) => new ContextVar('x', options), {
    default: null,
    local: BOOLEAN,
  }),
  entry('new Queue', 'Queue', (options: QueueOptions) => new Queue(options), { maxSize: MAX_SIZE }),
  entry('new LifoQueue', 'LifoQueue', (options: QueueOptions) => new LifoQueue(options), { maxSize: MAX_SIZE }),
  entry(
    'new PriorityQueue',
    'PriorityQueue',
    (options: PriorityQueueOptions<number>) => new PriorityQueue<number>(options),
    { maxSize: MAX_SIZE, compare: FUNCTION },
  ),
  entry(
    'new VirtualClock',
    'VirtualClock',
    (options: VirtualClockOptions) => new VirtualClock(options)[Symbol.dispose](),
    { start: [/ a finite number; /, '5', Number.NaN, Infinity, null, {}], autojump: BOOLEAN },
  ),
];

function oneItem(): Queue<string> {
  const queue = new Queue<string>({ maxSize: 1 });
  queue.putNowait('item');
  return queue;
}

function stillOneItem(queue: Queue<string>): void {
  const { size, unfinished, waitingGets, waitingPuts, shutDown } = queue.statistics();
  assert.deepEqual([size, unfinished, waitingGets, waitingPuts, shutDown], [1, 1, 0, 0, false]);
}

const QUEUE: readonly Entry[] = [
  ...[
    ['get', (queue: Queue<string>, options: WaitOptions) => queue.get(options)] as const,
    ['put', (queue: Queue<string>, options: WaitOptions) => queue.put('another', options)] as const,
    ['join', (queue: Queue<string>, options: WaitOptions) => queue.join(options)] as const,
  ].map(([name, call]) =>
    method([`Queue.${name}`, `queue.${name}()`], { subject: oneItem, call, unharmed: stillOneItem }, LIMITS),
  ),
  method(
    ['Queue.shutdown', 'queue.shutdown()'],
    {
      subject: oneItem,
      call: (queue, options: QueueShutdownOptions) => queue.shutdown(options),
      unharmed: stillOneItem,
    },
    { immediate: BOOLEAN },
  ),
];

const PERMITS = [
  ['lock', () => new Lock()],
  ['semaphore', () => new Semaphore(1)],
  ['semaphore', () => new BoundedSemaphore(1)],
  ['limiter', () => new CapacityLimiter(1)],
] as const;

const SYNC: readonly Entry[] = [
  ...PERMITS.flatMap(([name, subject]) => {
    const unharmed = (permits: Lock | Semaphore | CapacityLimiter): void => {
      notCalled();
      assert.deepEqual([permits.value, permits.statistics().waiting], [1, 0]);
    };
    const begin = (): Lock | Semaphore | CapacityLimiter => {
      uncalled();
      return subject();
    };
    return [
      method(
        ['Permits.acquire', `${name}.acquire()`],
        { subject: begin, call: (permits, options: WaitOptions) => permits.acquire(options), unharmed },
        LIMITS,
      ),
      method(
        ['Permits.run', `${name}.run()`],
        { subject: begin, call: (permits, options: WaitOptions) => permits.run(fn, options), unharmed },
        LIMITS,
      ),
    ];
  }),
  ...[
    ['acquire', 'lock.acquire()', (condition: Condition, options: WaitOptions) => condition.acquire(options)] as const,
    ['run', 'lock.run()', (condition: Condition, options: WaitOptions) => condition.run(fn, options)] as const,
  ].map(([name, owner, call]) =>
    method(
      [`Condition.${name}`, owner],
      { subject: () => new Condition(), call, unharmed: (condition) => assert.equal(condition.locked(), false) },
      LIMITS,
    ),
  ),
  ...[
    ['wait', (condition: Condition, options: WaitOptions) => condition.wait(options)] as const,
    ['waitFor', (condition: Condition, options: WaitOptions) => condition.waitFor(() => false, options)] as const,
  ].map(([name, call]) =>
    method(
      [`Condition.${name}`, `condition.${name}()`],
      { subject: heldCondition, call, unharmed: (condition) => assert.equal(condition.locked(), true) },
      LIMITS,
    ),
  ),
  method(
    ['Event.wait', 'event.wait()'],
    {
      subject: () => new Event(),
      call: (event, options: WaitOptions) => event.wait(options),
      unharmed: (event) => assert.equal(event.statistics().waiting, 0),
    },
    LIMITS,
  ),
  method(
    ['Barrier.wait', 'barrier.wait()'],
    {
      subject: () => new Barrier(2),
      call: (barrier, options: WaitOptions) => barrier.wait(options),
      unharmed: (barrier) => assert.deepEqual([barrier.nWaiting, barrier.broken], [0, false]),
    },
    LIMITS,
  ),
];

function heldCondition(): Condition {
  const condition = new Condition();
  assert.ok(condition.tryAcquire());
  return condition;
}

/** The group of a block that waits; it ends with the run of the test. */
async function openGroup(): Promise<TaskGroup> {
  uncalled();
  return new Promise((resolve) => {
    createTask(() =>
      taskGroup((tg) => {
        resolve(tg);
        return sleep(Infinity);
      }),
    );
  });
}

const GROUP: Bad<GroupTaskOptions> = { ...TASK, daemon: BOOLEAN };

const TASKS: readonly Entry[] = [
  method(
    ['Loop.createTask', 'createTask()'],
    {
      subject: uncalled,
      call: (_, options: TaskOptions) => getRunningLoop().createTask(fn, options),
      unharmed: notCalled,
    },
    TASK,
  ),
  entry(
    'Loop.shutdownDefaultExecutor',
    'loop.shutdownDefaultExecutor()',
    (options: ShutdownDefaultExecutorOptions) => new Loop().shutdownDefaultExecutor(options),
    { timeout: DURATION },
  ),
  method(
    ['TaskGroup.createTask', 'tg.createTask()'],
    {
      subject: openGroup,
      call: async (group, options: GroupTaskOptions) => (await group).createTask(fn, options),
      unharmed: notCalled,
    },
    GROUP,
  ),
  method(
    ['TaskGroup.start', 'tg.start()'],
    {
      subject: openGroup,
      call: async (group, options: GroupTaskOptions) => (await group).start(fn, options),
      unharmed: notCalled,
    },
    GROUP,
  ),
  method(
    ['Task.getStack', 'task.getStack()'],
    {
      subject: (): Task => createTask(() => sleep(Infinity)),
      call: (task, options: GetStackOptions) => task.getStack(options),
    },
    { limit: [/ an integer of at least 0, or Infinity; /, -1, 1.5, '3', Number.NaN, null] },
  ),
  ...[
    ['result', (future: Future, options: WaitOptions) => future.result(options)] as const,
    ['exception', (future: Future, options: WaitOptions) => future.exception(options)] as const,
  ].map(([name, call]) =>
    method(
      [`Future.${name}`, `future.${name}()`],
      {
        subject: () => new Future(),
        call,
        unharmed: (future) => assert.equal(future.state, 'pending'),
      },
      LIMITS,
    ),
  ),
  method(
    ['Future.resultSync', 'future.resultSync()'],
    {
      subject: () => {
        const future = new Future<number>();
        future.setResult(1);
        return future;
      },
      call: (future, options: ResultSyncOptions) => future.resultSync(options),
    },
    { timeout: MILLISECONDS },
  ),
];

/** All that takes options and is no executor. */
export const ENTRIES: readonly Entry[] = [...FUNCTIONS, ...CONSTRUCTORS, ...QUEUE, ...SYNC, ...TASKS];
