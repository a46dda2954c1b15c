import { type ArgumentMetadata, type PipeTransform, StandardSchemaValidationPipe } from '@nestjs/common';

import { type FieldProblem, Problem, type ProblemKind } from './problem.js';
import { problems } from './problem-kinds.js';

const MAX_FIELD_PROBLEMS = 50;

/** An issue of a standard schema; zod adds a code and, for our own checks, parameters. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly params?: { readonly code?: string };
  /** For zod's `unrecognized_keys`: the unknown fields of the object. */
  readonly keys?: readonly string[];
}

/**
 * Validates the parameters that a handler declares with `@Body({ schema })`, `@Query({ schema })` and `@Param(…, {
 * schema })`. A body of the wrong shape is answered with 422, anything else with 400, with a pointer to each wrong
 * field.
 */
export class RequestValidationPipe implements PipeTransform {
  readonly #body = validating(problems.validationFailed);
  readonly #others = validating(problems.invalidRequest);

  transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return (metadata.type === 'body' ? this.#body : this.#others).transform(value, metadata);
  }
}

function validating(kind: ProblemKind): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues: readonly Issue[]) =>
      new Problem(kind, { errors: issues.flatMap(fieldProblemsOf).slice(0, MAX_FIELD_PROBLEMS) }),
  });
}

function fieldProblemsOf({ path = [], code, params, keys, message }: Issue): FieldProblem[] {
  const pointer = `#${path.map((part) => `/${escapePointer(typeof part === 'object' ? part.key : part)}`).join('')}`;
  if (code === 'unrecognized_keys' && keys)
    return keys.map((key) => ({
      pointer: `${pointer}/${escapePointer(key)}`,
      code,
      detail: 'is not a known field',
    }));
  return [{ pointer, code: params?.code ?? code ?? 'invalid', detail: message }];
}

/** Escapes a part of a JSON pointer (RFC 6901). */
function escapePointer(part: PropertyKey): string {
  return String(part).replaceAll('~', '~0').replaceAll('/', '~1');
}
