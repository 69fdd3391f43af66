/** Letters of a value that a message shows. */
const MOST_LETTERS = 80;
/** Items of an array that a message shows, if they are simple. */
const MOST_ITEMS = 4;

function showArray(array: readonly unknown[]): string {
  const isSimple = (item: unknown): boolean =>
    item === null || (typeof item !== 'object' && typeof item !== 'function');
  const text = array.length <= MOST_ITEMS && array.every(isSimple) ? `[${array.map(show).join(', ')}]` : '';
  return text === '' || text.length > MOST_LETTERS ? `an array of ${array.length}` : text;
}

/** A value as it should look in an error message: short, one line, never throwing. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return value.length > MOST_LETTERS ? `${JSON.stringify(value.slice(0, 77))}…` : JSON.stringify(value);
  if (typeof value === 'function') return value.name === '' ? 'an anonymous function' : `function ${value.name}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    if (Array.isArray(value)) return showArray(value);
    const name = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name;
    return name === undefined || name === 'Object' ? 'an object' : `an instance of ${name}`;
  } catch {
    return 'an object';
  }
}
