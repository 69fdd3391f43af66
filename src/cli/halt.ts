import { InvalidOptionError } from '../errors.ts';

/** When failures end the whole run. `soon` starts nothing new and lets running items end; `now` cancels them. */
export interface HaltRule {
  readonly when: 'now' | 'soon' | 'never';
  readonly limit: number;
  /** `percent`: of all inputs, or of those that have ended while their number is not known. */
  readonly unit: 'items' | 'percent';
}

export interface HaltCounts {
  readonly failed: number;
  readonly ended: number;
  readonly total: number | undefined;
}

/** Without a known total, a percentage means nothing before this many items have ended. */
const MIN_ENDED_FOR_PERCENT = 10;

export const NEVER_HALT: HaltRule = { when: 'never', limit: 0, unit: 'items' };

/**
 * Reads `--halt`, in GNU parallel's grammar: `never`, `soon,fail=3`, `now,fail=10%`; `now` and `soon` alone mean the
 * first failure.
 * @throws InvalidOptionError
 */
export function parseHalt(text: string): HaltRule {
  if (text === 'never') return NEVER_HALT;
  const match = /^(now|soon)(?:,fail=(\d+(?:\.\d+)?)(%?))?$/.exec(text);
  if (match !== null) {
    const [, when, number = '1', percent = ''] = match;
    const limit = Number(number);
    const valid = percent === '%' ? limit > 0 && limit <= 100 : Number.isInteger(limit) && limit > 0;
    if (valid) return { when: when as 'now' | 'soon', limit, unit: percent === '%' ? 'percent' : 'items' };
  }
  throw new InvalidOptionError('--halt', 'never, now or soon, with a limit such as now,fail=3 or soon,fail=10%', text);
}

/** Whether the rule ends the run at these counts. */
export function shouldHalt(rule: HaltRule, { failed, ended, total }: HaltCounts): boolean {
  if (rule.when === 'never' || failed === 0) return false;
  if (rule.unit === 'items') return failed >= rule.limit;
  if (total === undefined && ended < MIN_ENDED_FOR_PERCENT) return false;
  return failed * 100 >= rule.limit * (total ?? ended);
}

/** The rule as it was given, for messages. */
export function showHalt(rule: HaltRule): string {
  return rule.when === 'never' ? 'never' : `${rule.when},fail=${rule.limit}${rule.unit === 'percent' ? '%' : ''}`;
}
