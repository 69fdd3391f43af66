import { candidate } from '../candidates/index.mjs';
import { median } from './statistics.mjs';

/**
 * A bar is `{ text, judge(results) }`; `judge` gives `{ measured, verdict, why }`, computed from the numbers alone.
 * Verdicts: met, missed, not reachable yet (we cannot do it), not comparable (nobody to compare with).
 */
export const VERDICTS = { met: 'met', missed: '**missed**', unreachable: 'not reachable yet', alone: 'not comparable' };

function verdict(met) {
  return met ? VERDICTS.met : VERDICTS.missed;
}

function unreachable(reason) {
  return { measured: '–', verdict: VERDICTS.unreachable, why: reason };
}

/** Who is meant: named ones, or everyone of some groups who was asked to take part. */
function meant(row, { ids, groups }) {
  return ids ?? Object.keys(row).filter((id) => groups.includes(candidate(id).group));
}

function bestOf(row, whom, field, better) {
  const ranked = meant(row, whom).filter((id) => row[id]?.fields?.[field] !== undefined);
  ranked.sort((a, b) => median(row[a].fields[field]) - median(row[b].fields[field]));
  return better === 'higher' ? ranked.at(-1) : ranked[0];
}

/** Ratios of the same round, so that what slowed a round down slowed both. Nothing against nothing is level. */
function pairedRatio(ours, theirs) {
  return median(ours.map((value, round) => (value === theirs[round] ? 1 : value / theirs[round])));
}

function absence(row, whom) {
  const reasons = meant(row, whom).map((id) => row[id]?.unavailable);
  return reasons.find((reason) => reason !== undefined) ?? 'nobody of them was run';
}

/**
 * Ours against the best of some (`ids`, or `groups`), in the worst of all shapes.
 * @param better 'higher': ours / theirs must be ≥ limit; 'lower': it must be ≤ limit
 */
export function against({ text, ours = 'offloop', better, limit, field = 'value', shapes, ...whom }) {
  const met = (ratio) => (better === 'higher' ? ratio >= limit : ratio <= limit);
  const judge = (results) => {
    const found = [];
    for (const [name, row] of Object.entries(results)) {
      if (shapes !== undefined && !shapes.includes(name)) continue;
      if (row[ours]?.fields === undefined) return unreachable(row[ours]?.unavailable ?? 'not run');
      const best = bestOf(row, whom, field, better);
      if (best === undefined) return { measured: '–', verdict: VERDICTS.alone, why: absence(row, whom) };
      found.push({ name, best, ratio: pairedRatio(row[ours].fields[field], row[best].fields[field]) });
    }
    found.sort((a, b) => (better === 'higher' ? a.ratio - b.ratio : b.ratio - a.ratio));
    const [worst] = found;
    const where = found.length > 1 ? `worst of ${found.length}: ${worst.name}, ` : '';
    return {
      measured: `${formatRatio(worst.ratio)} ×`,
      verdict: verdict(met(worst.ratio)),
      why: `${where}against ${candidate(worst.best).label}`,
    };
  };
  return { text, judge };
}

/** One of our numbers against a fixed limit, in the worst of all shapes. */
export function limit({ text, ours = 'offloop', better, limit, field = 'value', format, shapes }) {
  const judge = (results) => {
    const found = [];
    for (const [name, row] of Object.entries(results)) {
      if (shapes !== undefined && !shapes.includes(name)) continue;
      if (row[ours]?.fields === undefined) return unreachable(row[ours]?.unavailable ?? 'not run');
      found.push(median(row[ours].fields[field]));
    }
    const worst = better === 'higher' ? Math.min(...found) : Math.max(...found);
    return {
      measured: format(worst),
      verdict: verdict(better === 'higher' ? worst >= limit : worst <= limit),
      why: '',
    };
  };
  return { text, judge };
}

function formatRatio(ratio) {
  if (!Number.isFinite(ratio)) return '∞';
  return ratio >= 100 ? ratio.toFixed(0) : ratio.toFixed(2);
}
