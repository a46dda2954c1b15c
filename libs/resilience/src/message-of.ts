/** Returns an error's message for a log line, also for an AggregateError or a value that is not an Error. */
export function messageOf(error: unknown): string {
  // When both addresses of `localhost` refuse, Node throws an AggregateError with an empty message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  // pg-boss reports its errors as plain objects.
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}

/** Returns the name of the error's class and its message. */
export function nameAndMessageOf(error: unknown): string {
  return `${error instanceof Error ? error.name : 'Error'}: ${messageOf(error)}`;
}
