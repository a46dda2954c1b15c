/** Whether an error has this code; errors of Node and of the operating system have one. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
