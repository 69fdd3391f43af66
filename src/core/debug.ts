import { framesOf } from './scope-report.ts';
import { keepStacks } from './stacks.ts';

let users = 0;

/** Whether `OFFLOOP_DEBUG` asks for debug mode. Empty and `0` do not. */
export function debugFromEnvironment(): boolean {
  const value = process.env['OFFLOOP_DEBUG'];
  return value !== undefined && value !== '' && value !== '0';
}

/** Whether some loop of this thread is in debug mode. */
export function isDebug(): boolean {
  return users > 0;
}

/** Switches on what costs: stacks of futures, tasks, waits and cancellations. Counted: one call to undo for each. */
export function enterDebug(): void {
  if (++users > 1) return;
  keepStacks(true);
  hintAtContextFrame();
}

let hinted = false;

/** On Node 22 every await of a program with tasks is slower than it need be; a flag takes that away. */
function hintAtContextFrame(): void {
  const flag = '--experimental-async-context-frame';
  const flags = `${process.execArgv.join(' ')} ${process.env['NODE_OPTIONS'] ?? ''}`;
  if (hinted || !process.versions.node.startsWith('22.') || flags.includes(flag)) return;
  hinted = true;
  reportWarning(`On Node 22 tasks make every await of the process slower; ${flag} takes that away`);
}

export function leaveDebug(): void {
  if (users > 0 && --users === 0) keepStacks(false);
}

/** Says something that is not an error, as a Node warning: `process.on('warning')` sees it, `--no-warnings` hides it. */
export function reportWarning(message: string, creationStack?: string): void {
  const frames = framesOf(creationStack);
  const detail = frames.length === 0 ? '' : `Created at:\n${frames.map((frame) => `    at ${frame}`).join('\n')}`;
  process.emitWarning(message, { type: 'OffloopWarning', ...(detail === '' ? {} : { detail }) });
}
