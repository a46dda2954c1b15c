/** A one-line change that breaks something which matters, and the specs that must notice. */
export interface Mutation {
  /** What breaks; also its name on the command line. */
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** At least one test of these fails then. */
  readonly specs: readonly string[];
  /** Only tests whose title holds this: the quick ones of a long spec. */
  readonly tests?: string;
}

/** What the file has in place of exactly one occurrence; undefined when all is well. */
export function staleness({ from, to }: Mutation, source: string): string | undefined {
  const count = source.split(from).length - 1;
  if (count !== 1) return `its old text occurs ${count} times`;
  return from === to ? 'it changes nothing' : undefined;
}

export function mutated({ from, to }: Mutation, source: string): string {
  return source.replace(from, () => to);
}
