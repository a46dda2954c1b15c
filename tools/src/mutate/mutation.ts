/** A one-line change that breaks a guarantee, and the specs that must fail. */
export interface Mutation {
  /** The effect of the mutation. `--only` searches in it. */
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** At least one of their tests must fail. */
  readonly specs: readonly string[];
  /** Runs only tests whose full title contains this, to save time in a long spec. */
  readonly tests?: string;
}

/** Returns why the mutation does not apply to this source; undefined if it applies. */
export function stalenessReason({ from, to }: Mutation, source: string): string | undefined {
  const count = source.split(from).length - 1;
  if (count !== 1) return `its old text occurs ${count} times`;
  return from === to ? 'it changes nothing' : undefined;
}

export function applyMutation({ from, to }: Mutation, source: string): string {
  return source.replace(from, () => to);
}
