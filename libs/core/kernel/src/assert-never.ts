/**
 * For the default branch of a switch over a union: a new member of the union becomes a type error there.
 * @throws TypeError at run time
 */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
