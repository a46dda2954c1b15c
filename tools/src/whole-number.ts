/**
 * Parses the value of an option.
 * @throws Error with a readable message unless it is a whole number between `min` and `max`
 */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new Error(`--${name} takes a whole number from ${min} to ${max}.`);
  return value;
}
