/** The value of an option. Throws a readable error for what is no whole number between the two. */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new Error(`--${name} takes a whole number from ${min} to ${max}.`);
  return value;
}
