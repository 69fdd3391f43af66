// A reporter for node --test: one JSON line for each test that ended, for conformance.mjs.
export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const { name, skip, todo } = data;
    yield `${JSON.stringify({ name, passed: type === 'test:pass', skipped: skip !== undefined || todo !== undefined })}\n`;
  }
}
