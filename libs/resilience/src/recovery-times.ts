/** How long recovery from each kind of fault takes, in milliseconds, by name. */
export type RecoveryTimesByName = Readonly<Record<string, number>>;

/** Recovery times with the same names and other values. */
export type ScaledTimes<Times extends RecoveryTimesByName> = { readonly [Name in keyof Times]: number };

/**
 * Multiplies all times by `factor` (RECOVERY_TIME_SCALE), to at least 1 ms, so that fault tests need not wait for
 * minutes.
 */
export function scaleTimes<Times extends RecoveryTimesByName>(
  times: Times,
  factor: number,
): ScaledTimes<Times> {
  const entries = Object.entries(times).map(([name, ms]) => [name, Math.max(1, Math.round(ms * factor))]);
  return Object.fromEntries(entries) as ScaledTimes<Times>;
}
