import type { FastifyInstance } from 'fastify';

import type { ServiceState } from './service-state.js';

/**
 * Registers `/health/live` (the process answers) and `/health/ready` (the process may be given work), outside of Nest,
 * so that no guard applies.
 */
export function registerHealthRoutes(fastify: FastifyInstance, state: ServiceState): void {
  fastify.get('/health/live', (_request, reply) => reply.send({ status: 'ok' }));
  fastify.get('/health/ready', (_request, reply) => {
    const reasons = state.unreadyReasons;
    if (reasons.length === 0) return reply.send({ status: 'ok' });
    return reply.status(503).send({ status: 'unavailable', reasons });
  });
}
