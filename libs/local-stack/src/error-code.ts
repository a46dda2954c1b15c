/** Whether an error carries the given code, as those of Node and of the operating system do. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
