/** Times after which something recovers from a fault, in milliseconds, by name. */
export type RecoveryTimesByName = Readonly<Record<string, number>>;

/** The same names with other times. */
export type Scaled<Times extends RecoveryTimesByName> = { readonly [Name in keyof Times]: number };

/** Multiplies all times by `factor` (RECOVERY_TIME_SCALE), none below 1 ms, so that fault tests need not wait for minutes. */
export function scaled<Times extends RecoveryTimesByName>(times: Times, factor: number): Scaled<Times> {
  const entries = Object.entries(times).map(([name, ms]) => [name, Math.max(1, Math.round(ms * factor))]);
  return Object.fromEntries(entries) as Scaled<Times>;
}
