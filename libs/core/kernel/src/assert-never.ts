/**
 * The default branch of a switch over a union. A new member of the union makes it a type error.
 * @throws TypeError at run time
 */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
