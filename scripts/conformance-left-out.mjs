// Cases of CPython's suites that have no test here, with the reason. `conformance.mjs` puts them into the page, and
// fails when one of them has a test after all.
const ONE_LOOP = 'A thread has one loop, and it never stops: there is no other loop to mix up.';
const NO_OBJECT = 'Scopes open by callback: there is no object to enter, to enter twice, or to use before.';
const NO_BASE_EXCEPTION = 'JavaScript has one kind of error; there is no BaseException that passes everything.';
const NO_FORK =
  'A child process starts anew, whoever starts it: it has no copy of the threads and locks of its parent.';
const ONE_START = 'There is one way to start a process; there are no start methods to choose from or to refuse.';
const NO_CONTEXT_OBJECT = 'There is no Context object to pass: `AsyncLocalStorage.snapshot()` is what Node has for it.';

export const LEFT_OUT = {
  'AIO-BAR-016': 'Parties leave within one run of the microtasks; nobody can call abort() between two of them.',
  'AIO-CANC-021': 'V8 cannot show the line a suspended function waits at; debug mode keeps where each wait was begun.',
  'AIO-CANC-022': 'As AIO-CANC-021.',
  'AIO-CTX-004': NO_CONTEXT_OBJECT,
  'AIO-CTX-005': NO_CONTEXT_OBJECT,
  'AIO-DBG-004': 'A loop object cannot be reached from another thread.',
  'AIO-DBG-012': 'Promises are hot: an async function that was called runs. Linters report the promise nobody awaits.',
  'AIO-FUT-005': 'An error class is not an error; setException() takes what was thrown.',
  'AIO-FUT-006': 'There is no StopIteration.',
  'AIO-FUT-009': ONE_LOOP,
  'AIO-FUT-029': 'There is one class of future; nothing is copied from one to another.',
  'AIO-GATHER-012': ONE_LOOP,
  'AIO-GRAPH-009': 'A task tree goes by who began whom and has no cycles; a call graph cuts a circle where it closes.',
  'AIO-GRAPH-010': 'Tasks of one thread cannot be seen from another.',
  'AIO-LOCK-010': 'There is no `with`.',
  'AIO-LOOP-009': 'There is no task factory; `{ eager: true }` is an option of createTask().',
  'AIO-LOOP-010': 'Functions, not promises, become tasks: nothing is left un-awaited when createTask() refuses.',
  'AIO-Q-006': 'maxSize is an integer; anything else is an InvalidOptionError.',
  'AIO-RUN-009': 'There is no loop to make: Node has it.',
  'AIO-RUN-022': 'There are no task factories, so every task has uncancel().',
  'AIO-TASK-012': ONE_LOOP,
  'AIO-TASK-017': 'A promise that is resolved with a future becomes what the future becomes.',
  'AIO-TASK-022': 'A task lets go of its function when it has ended, so that what it captured can be collected.',
  'AIO-TASK-027': 'Tasks are entered by the engine, one microtask at a time.',
  'AIO-TASK-034': ONE_LOOP,
  'AIO-TG-020': NO_BASE_EXCEPTION,
  'AIO-TG-021': NO_BASE_EXCEPTION,
  'AIO-TG-022': NO_BASE_EXCEPTION,
  'AIO-TG-029': NO_CONTEXT_OBJECT,
  'AIO-TG-032': NO_OBJECT,
  'AIO-TG-035': NO_OBJECT,
  'AIO-TG-042': 'There are no reference counts to keep a cycle alive.',
  'AIO-TMO-017': 'Errors have no implicit context chain; the TimeoutError is in suppressedErrors() (AIO-TMO-016).',
  'AIO-TMO-024': NO_OBJECT,
  'AIO-TMO-025': NO_OBJECT,
  'AIO-TMO-029': NO_OBJECT,
  'CF-CRASH-012': 'A result is read without running code that came with it: there is nothing in it that could exit.',
  'CF-INIT-007': ONE_START,
  'CF-PPE-001': "62 is too many for a call of Windows that Python's pool waits with; Node waits otherwise.",
  'CF-PPE-012': ONE_START,
  'CF-PPE-014': ONE_START,
  'CF-PPE-026': 'terminate() and kill() are two methods; there is no operation to name.',
  'CF-TPE-006': NO_FORK,
  'CF-TPE-007': NO_FORK,
};
