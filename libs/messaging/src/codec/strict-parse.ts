import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { ContractViolationError } from '../errors.js';

/**
 * Validates outgoing data strictly: refuses fields that the schema would drop, replace by `unknown` or fill in.
 * @throws ContractViolationError that names the fields and never their values
 */
export function checkStrictly(schema: z.ZodType, data: unknown, what: string): void {
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.code}`);
    throw new ContractViolationError(`${what} is invalid: ${wrong.join(', ')}`);
  }
  if (!isDeepStrictEqual(parsed.data, data)) {
    throw new ContractViolationError(`${what} has fields or values that its schema does not know`);
  }
}
