import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Problem, problems } from '@parley/service-kit';
import type { FastifyRequest } from 'fastify';
import { type ApiKey, type ApiScope, ApiKeyStore } from './api-key-store.js';

/** Declares the scope that a route requires. */
export const RequireScope = Reflector.createDecorator<ApiScope>();

const BEARER = /^Bearer +([\x21-\x7e]{1,256})$/i;

const callers = new WeakMap<FastifyRequest, ApiKey>();

/** The API key of a request that `ApiKeyGuard` let pass. */
export function callerOf(request: FastifyRequest): ApiKey {
  const caller = callers.get(request);
  if (!caller) throw new TypeError('callerOf needs a route with ApiKeyGuard');
  return caller;
}

/** Lets a request pass whose API key exists (else 401) and covers the route's scope (else 403). */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeyStore,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { authorization } = request.headers;
    const [, key] = BEARER.exec(authorization ?? '') ?? [];
    const apiKey = key === undefined ? undefined : await this.keys.find(key);
    if (!apiKey) throw new Problem(problems.unauthorized, { detail: 'Send Authorization: Bearer <API key>' });
    callers.set(request, apiKey);
    const scope = this.reflector.getAllAndOverride(RequireScope, [context.getHandler(), context.getClass()]);
    if (apiKey.scopes.includes('admin') || apiKey.scopes.includes(scope)) return true;
    throw new Problem(problems.forbidden, {
      detail: `This API key lacks the scope ${scope}`,
      headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
    });
  }
}
