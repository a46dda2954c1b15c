import type { OpenAPIObject } from '@nestjs/swagger';
import { type ProblemKind, problems } from '@parley/service-kit';
import { apiProblems } from '../api-problems.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;
const PROBLEM = 'Problem';
/** The tag of operations that limit how often each person may use them. */
const WEB_CHAT = 'web chat';
const kinds: readonly ProblemKind[] = [...Object.values(problems), ...Object.values(apiProblems)];

/** The schema of a problem (RFC 9457), as the service kit returns it. */
const problemSchema = {
  type: 'object' as const,
  required: ['type', 'title', 'status', 'code', 'retryable', 'requestId'],
  properties: {
    type: { type: 'string' as const },
    title: { type: 'string' as const },
    status: { type: 'integer' as const },
    code: { type: 'string' as const, description: 'a stable code to branch on' },
    retryable: { type: 'boolean' as const, description: 'whether the same request may succeed later' },
    requestId: { type: 'string' as const },
    detail: { type: 'string' as const },
    errors: {
      type: 'array' as const,
      items: {
        type: 'object' as const,
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: { type: 'string' as const },
          code: { type: 'string' as const },
          detail: { type: 'string' as const },
        },
      },
    },
    providerCode: { type: 'string' as const },
  },
};

/** Adds to each operation the problems that it can return. */
export function withProblems(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths))
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      for (const status of statusesOf(path, operation)) operation.responses[status] ??= responseOf(status);
    }
  return {
    ...document,
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, [PROBLEM]: problemSchema },
    },
  };
}

function statusesOf(path: string, { requestBody, parameters = [], tags = [] }: Operation): number[] {
  const takesKey = parameters.some(
    (parameter) => 'name' in parameter && parameter.name === 'Idempotency-Key',
  );
  return [
    400,
    401,
    403,
    ...(path.includes('{') ? [404] : []),
    408,
    ...(takesKey ? [409] : []),
    ...(requestBody ? [413, 415, 422] : []),
    ...(tags.includes(WEB_CHAT) ? [429] : []),
    431,
    500,
    503,
  ];
}

function responseOf(status: number) {
  const meant = kinds.filter((kind) => kind.status === status);
  return {
    description: meant.map(({ code, title }) => `\`${code}\`: ${title}`).join('; '),
    content: { 'application/problem+json': { schema: { $ref: `#/components/schemas/${PROBLEM}` } } },
  };
}
