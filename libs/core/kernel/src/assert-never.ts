/** The default branch of a switch over a union: a new member makes it a type error. Throws TypeError at run time. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
