import { WorkerLostError, type WorkerLoss } from '../errors.ts';
import { submittedHere } from './job-error.ts';
import type { Job } from './job.ts';
import type { PoolSettings } from './options.ts';
import type { PoolWorker } from './pool-worker.ts';

type Loss = Omit<WorkerLoss, 'workerId'>;

/** A worker that was lost, as its pool knew it. */
interface Circumstances {
  readonly isStarting: boolean;
  readonly settings: Pick<PoolSettings, 'resourceLimits'>;
}

/** Node's exit code for options it does not know. */
const INVALID_OPTIONS = 9;
const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP']);

/** What happened to a worker, and what else its reader may want to know. */
type Account = readonly [how: string, hint?: string | undefined];

/** The error of a task whose worker is gone: who, how, and during what. */
export function workerLost(worker: PoolWorker, loss: Loss, when: Circumstances, job?: Job): WorkerLostError {
  const who = worker.pid === undefined ? worker.name : `${worker.name} (process ${worker.pid})`;
  const [how, hint] = becauseOf(loss, when) ?? bySignal(loss, when) ?? byExit(worker, loss, when, job);
  const during = (of: Job): string => ` ${worker.hasBegun(of) ? 'while it ran' : 'before it began'} ${triesOf(of)}`;
  const what = job === undefined ? (when.isStarting ? ' while it started' : '') : during(job);
  const message = couldNotStart(loss) ?? `${how}${what}${hint === undefined ? '' : ` (${hint})`}`;
  const error = new WorkerLostError(`${who} ${message}`, { ...loss, taskName: job?.name, workerId: worker.id });
  return job === undefined ? error : submittedHere(error, job);
}

function triesOf(job: Job): string {
  const tries = 1 + (job.extras?.losses ?? 0);
  const name = JSON.stringify(job.name);
  return tries > 1 && !job.mayRunAgain ? `${name}, the last of ${tries} tries` : name;
}

function couldNotStart({ cause }: Loss): string | undefined {
  const { syscall, code, message } = (cause ?? {}) as NodeJS.ErrnoException;
  if (!syscall?.startsWith('spawn') && code !== 'ERR_WORKER_INIT_FAILED') return undefined;
  if (message.includes('EMFILE')) return `could not be started: no file descriptors left, see ulimit -n (${message})`;
  if (message.includes('EAGAIN')) return `could not be started: too many processes, see ulimit -u (${message})`;
  return `could not be started (${message})`;
}

function becauseOf({ cause }: Loss, when: Circumstances): Account | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code, name, message } = cause as NodeJS.ErrnoException;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return ['was ended because it ran out of heap', limitOf(when)];
  // Node puts what was rejected, when it is no error, into a message of three lines.
  const rejected = code === 'ERR_UNHANDLED_REJECTION' ? /with the reason (".*")\.$/s.exec(message)?.[1] : undefined;
  if (rejected !== undefined) return [`was ended by a rejection that nobody handled, of ${rejected},`];
  return [`was ended by an error that nobody caught, ${name}: ${message},`];
}

function bySignal({ signal }: Loss, when: Circumstances): Account | undefined {
  if (signal === undefined) return undefined;
  const how = `was ended by ${signal}`;
  // V8 aborts a process that has no heap left, and says so on stderr.
  if (signal === 'SIGABRT') {
    return [how, ['as when it runs out of heap', limitOf(when), 'see its stderr'].filter(Boolean).join('; ')];
  }
  if (signal === 'SIGKILL') return [how, 'as by a system that runs out of memory'];
  return CRASHES.has(signal) ? [how, 'a crash in native code'] : [how];
}

function limitOf({ settings }: Circumstances): string | undefined {
  const megabytes = settings.resourceLimits?.maxOldGenerationSizeMb;
  return megabytes === undefined ? undefined : `resourceLimits give it ${megabytes} MB`;
}

function byExit(worker: PoolWorker, { exitCode }: Loss, { isStarting }: Circumstances, job: Job | undefined): Account {
  if (exitCode === undefined) return ['has gone'];
  const how = `exited with code ${exitCode}`;
  if (job !== undefined) return [how, 'process.exit() ends a worker'];
  if (!isStarting || worker.pid === undefined) return [how];
  return [how, `see its stderr${exitCode === INVALID_OPTIONS ? ': Node takes no such execArgv or NODE_OPTIONS' : ''}`];
}
