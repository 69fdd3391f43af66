/** How each unit is written in the report. */
export const FORMATS = {
  perSecond: (value) => (value >= 1e6 ? `${(value / 1e6).toFixed(2)} M/s` : `${(value / 1e3).toFixed(1)} k/s`),
  perSecondPlain: (value) => `${value.toFixed(0)}/s`,
  ms: (value) => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`,
  microseconds: (value) => `${value.toFixed(1)} µs`,
  bytes: (value) => `${value.toFixed(0)} bytes`,
  times: (value) => `${value.toFixed(2)} ×`,
};
