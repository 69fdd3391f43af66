/**
 * What the kinds and flags of messages between a process pool and its children mean. Requests below `setup` are jobs, of
 * the kinds in `JobKind`; what stands behind their arguments is told by `JobFlag`.
 */

/** Descriptors of a child's ends of its two pipes: the first after stdin, stdout and stderr. */
export const JOBS_FD = 3;
export const RECALLS_FD = 4;

/** To a child, on the pipe that brings jobs. */
export const ToChild: {
  /** The first message. The value is a `WorkerSetup`. */
  readonly setup: 16;
  /** The value is the definition of a function that jobs will name by its id. */
  readonly define: 17;
  /** `target` is the number of values the stream may go on for, plus one; 0: no more are wanted. */
  readonly credit: 18;
  /** Somebody wants the running job to end. */
  readonly cancel: 19;
  /** An interrupt from the terminal is for the parent to handle, if `target` is 1. */
  readonly shield: 20;
  /** End after what was handed over. */
  readonly stop: 21;
  /** The value is a list of ids of functions that no job will name any more. */
  readonly forget: 22;
  /** A call of the running job has ended: `target` is its id, the flags are a `CallOutcome`. */
  readonly reply: 23;
} = { setup: 16, define: 17, credit: 18, cancel: 19, shield: 20, stop: 21, forget: 22, reply: 23 };

/** From a child, on the same pipe. */
export const FromChild: {
  /** The value is what the job gave. */
  readonly value: 0;
  /** The value is what it threw. */
  readonly failure: 1;
  readonly yield: 2;
  readonly progress: 3;
  /** The job has looked whether it should end: it may want time to do so. */
  readonly looked: 4;
  /** It takes jobs. */
  readonly ready: 5;
  /** The initializer failed; the value is a `WireError`, as for `dying`. */
  readonly broken: 6;
  /** An error outside of a task is about to end the process. */
  readonly dying: 7;
  /** The value is a `CallMessage`. */
  readonly call: 8;
  /** The value is a `ChunkPart`. */
  readonly part: 9;
  /** The process exits: it has begun nothing after the job that is named, nor will it. */
  readonly leaving: 10;
  /** It did not, against all expectations: it may begin more from now on. */
  readonly staying: 11;
} = {
  value: 0,
  failure: 1,
  yield: 2,
  progress: 3,
  looked: 4,
  ready: 5,
  broken: 6,
  dying: 7,
  call: 8,
  part: 9,
  leaving: 10,
  staying: 11,
};

/** Flag of an answer: the heap has grown too large, the child wants to be replaced. */
export const RETIRE = 1;

/** On the pipe between a pool and the watcher of a child. Only tickets, no values. */
export const RecallKind: {
  /** The watcher is there: jobs can be taken back from now on. */
  readonly hello: 0;
  /** Pool: this job is wanted back, if it has not begun. Watcher: it has not, and never will. */
  readonly recall: 1;
  /** It has begun. */
  readonly begun: 2;
} = { hello: 0, recall: 1, begun: 2 };

/** Flag: the last of those that were asked for, or answered, together. */
export const LAST = 1;
