/** A primitive as source text that evaluates to it; `undefined` for everything else. */
export function literal(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      // Long texts are cheaper to send than to parse, and are no part of the code.
      return value.length <= 1024 ? JSON.stringify(value) : undefined;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'void 0';
    default:
      return value === null ? 'null' : undefined;
  }
}
