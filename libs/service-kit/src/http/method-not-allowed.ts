import type { FastifyInstance } from 'fastify';

import { Problem } from './problem.js';
import { problems } from './problem-kinds.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * Answers 405 with `Allow` to a method that a known path does not have; the router alone answers 404. Call this before
 * the routes are registered, and the returned function between registering them and listening.
 */
export function answerMethodNotAllowed(fastify: FastifyInstance): () => void {
  const methodsByUrl = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByUrl.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    methodsByUrl.set(url, methods);
  });
  return () => {
    for (const [url, methods] of Array.from(methodsByUrl)) {
      const missing = METHODS.filter((method) => !methods.has(method));
      if (url.includes('*') || missing.length === 0) continue;
      const allow = Array.from(methods).join(', ');
      fastify.route({
        url,
        method: missing,
        exposeHeadRoute: false,
        onRequest: (_request, _reply, done) =>
          done(new Problem(problems.methodNotAllowed, { headers: { allow } })),
        handler: () => undefined,
      });
    }
  };
}
