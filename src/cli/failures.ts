import { OffloopError } from '../errors.ts';
import { describeError } from './describe-error.ts';

/** One input that failed, after all its attempts. */
export interface Failure {
  readonly key: string;
  /** A headline and a line for each cause. */
  readonly description: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
}

/** Kept for the report; a run that fails a million times must not hold a million errors. */
const MAX_KEPT = 1000;
const MAX_SHOWN = 20;
const MAX_KEYS = 3;

/** Collects failures and words them for the end of the run. */
export class Failures {
  readonly #kept: Failure[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Those that were kept, in the order they came. */
  get kept(): readonly Failure[] {
    return this.#kept;
  }

  add(key: string, error: unknown): void {
    this.#count++;
    if (this.#kept.length >= MAX_KEPT) return;
    this.#kept.push({
      key,
      description: describeError(error),
      stack: error instanceof Error && !(error instanceof OffloopError) ? error.stack : undefined,
      code: error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined,
    });
  }

  /** The lines to print: an input and its error each; inputs that failed alike together. */
  describe(options: { stacks: boolean }): string[] {
    const groups = groupBy(this.#kept, (failure) => failure.description);
    const shown = [...groups.values()].slice(0, MAX_SHOWN);
    const lines = shown.map((group) => describeGroup(group, options.stacks));
    const rest = this.#count - shown.reduce((sum, group) => sum + group.length, 0);
    if (rest > 0) lines.push(`  … and ${rest} more`);
    return lines;
  }
}

function describeGroup(group: readonly Failure[], stacks: boolean): string {
  const { description, stack } = group[0] as Failure;
  const keys = group.slice(0, MAX_KEYS).map((failure) => failure.key);
  const more = group.length > MAX_KEYS ? ` and ${group.length - MAX_KEYS} more` : '';
  const text = stacks && stack !== undefined ? `${description}\n${stack}` : description;
  return `  ${keys.join(', ')}${more}: ${text.replaceAll('\n', '\n    ')}`;
}

/** As `Map.groupBy`, which Node 20 lacks. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
