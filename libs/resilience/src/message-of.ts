/** Returns what an error says, for a log line: also of an AggregateError, and of what is no Error. */
export function messageOf(error: unknown): string {
  // Both addresses of `localhost` refused: Node reports an AggregateError with an empty message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  // pg-boss reports its errors as plain objects.
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}

/** As `messageOf`, after the error's class. */
export function nameAndMessageOf(error: unknown): string {
  return `${error instanceof Error ? error.name : 'Error'}: ${messageOf(error)}`;
}
