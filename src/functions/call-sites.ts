/** What is on the stack, the caller of this function on top; `[]` where V8 does not tell. */
export function callSites(limit: number): readonly NodeJS.CallSite[] {
  const { stackTraceLimit } = Error;
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  Error.stackTraceLimit = limit;
  Error.prepareStackTrace = (_, sites) => sites;
  try {
    const { stack: frames } = new Error('stack') as { stack?: unknown };
    return Array.isArray(frames) ? (frames as NodeJS.CallSite[]).slice(1) : [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepare === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Object.defineProperty(Error, 'prepareStackTrace', prepare);
  }
}
