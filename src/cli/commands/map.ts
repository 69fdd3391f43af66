import { ThreadPoolExecutor } from '../../thread/thread-pool-executor.ts';
import { parseCommandLine } from '../command-line.ts';
import { EXIT_FAILED, EXIT_HALTED, EXIT_INTERRUPTED, EXIT_OK } from '../exit-codes.ts';
import { resolveHandler } from '../handler-reference.ts';
import { listFiles, type InputList } from '../inputs.ts';
import { Interrupts } from '../interrupts.ts';
import { MapRun, type MapOutcome } from '../map-run.ts';
import { ProgressLine } from '../progress/progress-line.ts';
import { Terminal } from '../progress/terminal.ts';
import { jsonReport, summaryLine, type MapReport } from '../report.ts';
import { FolderSink, LineSink } from '../sink.ts';
import { listLines } from '../stdin-inputs.ts';
import { FileStorage } from '../storage/file-storage.ts';
import { MAP_COMMAND, readMapOptions, type MapOptions } from './map-options.ts';

/**
 * `offloop map`: lists the inputs, runs the handler over them in a pool, prints what came of it.
 * @returns the exit code.
 * @throws UsageError, InvalidOptionError, OffloopError when nothing was or can be done.
 */
export async function runMapCommand(args: readonly string[]): Promise<number> {
  const options = readMapOptions(parseCommandLine(MAP_COMMAND, args));
  const handler = await resolveHandler(options.handler);
  const inputs = await listInputs(options);
  const terminal = new Terminal(process.stdout, process.stderr);
  if (options.dryRun) return printInputs(terminal, inputs, options);
  const storage = options.out === undefined ? undefined : new FileStorage(options.out);
  await storage?.prepare();
  const { workers } = options;
  // They start while the first inputs are read.
  const minWorkers = Math.min(workers, inputs.total ?? 1);
  const pool = new ThreadPoolExecutor({ maxWorkers: workers, minWorkers, threadNamePrefix: 'offloop-map' });
  const run = new MapRun({
    executor: options.timeout === undefined ? pool : pool.with({ timeout: options.timeout }),
    handler,
    sink: storage === undefined ? new LineSink(terminal) : new FolderSink(storage),
    halt: options.halt,
    retries: options.retries,
    io: options.io,
    inFlight: workers * 2,
    keepOrder: options.keepOrder,
    lines: options.stdinAs === 'json' ? 'json' : 'text',
  });
  return execute({ run, inputs, options, terminal, storage, shutdown: () => pool.shutdown() });
}

interface Execution {
  readonly run: MapRun;
  readonly inputs: InputList;
  readonly options: MapOptions;
  readonly terminal: Terminal;
  readonly storage: FileStorage | undefined;
  shutdown(): Promise<void>;
}

async function execute(execution: Execution): Promise<number> {
  const { run, inputs, options, terminal } = execution;
  const progress = new ProgressLine(terminal, () => run.counts());
  const interrupts = listenForInterrupts(execution, progress);
  const startedAt = performance.now();
  terminal.attach();
  if (!options.quiet && !options.json) progress.start();
  let outcome: MapOutcome;
  try {
    outcome = await run.run(inputs);
  } finally {
    inputs.close();
    progress.stop();
    // Before the streams are let go: workers that end may still have something to print.
    await execution.shutdown();
    terminal.detach();
    interrupts.dispose();
  }
  const exitCode = interrupts.exitCode ?? exitCodeOf(outcome, run);
  await printReport(terminal, options, {
    counts: run.counts(),
    failures: run.failures,
    outcome,
    exitCode,
    halt: options.halt,
    milliseconds: performance.now() - startedAt,
    workers: options.workers,
    out: options.out,
  });
  return exitCode;
}

function listenForInterrupts({ run, terminal, storage }: Execution, progress: ProgressLine): Interrupts {
  const interrupts = new Interrupts({
    stop() {
      run.stop();
      progress.setNote('stopping (Ctrl-C again to cancel)');
      if (!terminal.interactive)
        terminal.message('Stopping: nothing new starts. Ctrl-C again cancels what is running.');
    },
    cancel() {
      run.cancel();
      progress.setNote('cancelling');
      if (!terminal.interactive) terminal.message('Cancelling what is running.');
    },
    kill(exitCode) {
      storage?.removeTemporary();
      terminal.detach();
      process.exit(exitCode);
    },
  });
  interrupts.listen();
  return interrupts;
}

function exitCodeOf(outcome: MapOutcome, run: MapRun): number {
  if (outcome === 'halted') return EXIT_HALTED;
  if (outcome === 'stopped') return EXIT_INTERRUPTED;
  return run.failures.count > 0 ? EXIT_FAILED : EXIT_OK;
}

async function listInputs({ inputs, out, stdinAs }: MapOptions): Promise<InputList> {
  return inputs[0] === '-' ? listLines(process.stdin, stdinAs) : listFiles(inputs, out);
}

async function printInputs(terminal: Terminal, inputs: InputList, options: MapOptions): Promise<number> {
  let count = 0;
  for await (const { key, path, text } of inputs.items) {
    count++;
    await terminal.writeResult(options.json ? `${JSON.stringify({ key, path, text })}\n` : `${path ?? text}\n`);
  }
  if (!options.quiet) terminal.message(`${count} inputs; nothing was run (--dry-run)`);
  return EXIT_OK;
}

/** The report goes to stdout only if no results do. */
async function printReport(terminal: Terminal, options: MapOptions, report: MapReport): Promise<void> {
  if (options.json) {
    const line = jsonReport(report);
    if (options.out === undefined) terminal.message(line);
    else await terminal.writeResult(`${line}\n`);
    return;
  }
  if (!options.quiet) terminal.message(terminal.bold(summaryLine(report)));
  const { failures } = report;
  if (failures.count === 0) return;
  terminal.message(terminal.red(`${failures.count} failed:`));
  for (const line of failures.describe({ stacks: options.debug })) terminal.message(line);
}
