export function findErrorClass(_fn: unknown, _name: string): undefined {
  return undefined;
}
