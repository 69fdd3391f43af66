import { formatDuration } from './duration.ts';
import type { Failures } from './failures.ts';
import { showHalt, type HaltRule } from './halt.ts';
import type { MapOutcome } from './map-run.ts';
import { formatRate, type MapCounts } from './progress/meter.ts';

/** What is known at the end of a run. */
export interface MapReport {
  readonly counts: MapCounts;
  readonly failures: Failures;
  readonly outcome: MapOutcome;
  readonly halt: HaltRule;
  readonly milliseconds: number;
  readonly workers: number;
  readonly out: string | undefined;
  readonly exitCode: number;
}

/** `48 done in 6.2 s (7.7/s), 2 workers, in thumbs` */
export function summaryLine(report: MapReport): string {
  const { succeeded, failed, total } = report.counts;
  const rest = total === undefined ? 0 : total - succeeded - failed;
  const parts = [`${succeeded} done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (rest > 0) parts.push(`${rest} not done`);
  const rate = ((succeeded + failed) * 1000) / Math.max(1, report.milliseconds);
  const workers = `${report.workers} worker${report.workers === 1 ? '' : 's'}`;
  const where = report.out === undefined ? '' : `, results in ${report.out}`;
  const text = `${parts.join(', ')} in ${formatDuration(report.milliseconds)} (${formatRate(rate)}/s, ${workers})${where}`;
  if (report.outcome === 'halted') return `Ended by --halt ${showHalt(report.halt)}: ${text}`;
  return report.outcome === 'stopped' ? `Stopped: ${text}` : text;
}

/** The report for machines: one line of JSON. */
export function jsonReport(report: MapReport): string {
  const { succeeded, failed, total } = report.counts;
  const { kept, count } = report.failures;
  return JSON.stringify({
    outcome: report.outcome,
    exitCode: report.exitCode,
    total: total ?? succeeded + failed,
    succeeded,
    failed,
    notDone: total === undefined ? 0 : total - succeeded - failed,
    milliseconds: Math.round(report.milliseconds),
    workers: report.workers,
    out: report.out ?? null,
    failures: kept.map(({ key, code, description }) => ({ key, code: code ?? null, error: description })),
    failuresOmitted: count - kept.length,
  });
}
