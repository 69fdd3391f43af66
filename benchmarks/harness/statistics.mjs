/** The value below which `share` of the samples lie (0.5: the median), between neighbours by straight line. */
export function quantile(samples, share) {
  const sorted = Float64Array.from(samples).sort();
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const above = Math.ceil(at);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

export function median(samples) {
  return quantile(samples, 0.5);
}
