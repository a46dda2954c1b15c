/** Returns an error's message for a log line, also that of an AggregateError or of a value that is not an Error. */
export function messageOf(error: unknown): string {
  // Both addresses of `localhost` refused: Node reports an AggregateError with an empty message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  // pg-boss reports its errors as plain objects.
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}

/** Like `messageOf`, with the name of the error's class before it. */
export function nameAndMessageOf(error: unknown): string {
  return `${error instanceof Error ? error.name : 'Error'}: ${messageOf(error)}`;
}
