import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Problem, problems } from '@parley/service-kit';
import type { FastifyRequest } from 'fastify';
import { type ChatSession, ChatTokens } from '../session/chat-tokens.js';

const BEARER = /^Bearer +([\x21-\x7e]{1,512})$/i;

const sessions = new WeakMap<FastifyRequest, ChatSession>();

/** Returns the session of a request that the guard has let pass. */
export function sessionOf(request: FastifyRequest): ChatSession {
  const session = sessions.get(request);
  if (!session) throw new TypeError('sessionOf needs a route with ChatSessionGuard');
  return session;
}

/** Lets a request pass that has a valid session token (else 401). */
@Injectable()
export class ChatSessionGuard implements CanActivate {
  constructor(private readonly tokens: ChatTokens) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const [, token = ''] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    const session = this.tokens.read(token, new Date());
    if (!session)
      throw new Problem(problems.unauthorized, {
        detail:
          'The session token is missing, invalid or expired. Get a new one with POST /v1/chat/sessions.',
      });
    sessions.set(request, session);
    return true;
  }
}
