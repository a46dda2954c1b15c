import { Inject, Injectable } from '@nestjs/common';
import { type ChatPosition, ConversationId } from '@parley/contracts';
import { Problem, problems } from '@parley/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import type { ChatSession } from '../session/chat-tokens.js';
import { OpenChats } from '../sockets/open-chats.js';
import { EventStream } from './event-stream.js';

const RETRY_AFTER_SECONDS = 2;

/** Answers a request with the stream of a chat's events, from the position in `Last-Event-ID` on. */
@Injectable()
export class FollowChat {
  constructor(
    private readonly chats: OpenChats,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {}

  /** @throws Problem for a malformed position, or if this process can take no more streams */
  execute(session: ChatSession, request: FastifyRequest, reply: FastifyReply): void {
    const after = positionIn(request);
    const stream = new EventStream(reply.raw, this.times.chatSlowReaderMs);
    const opened = this.chats.open(session, stream);
    if (opened === 'too-many-tabs') throw new Problem(problems.tooManyRequests, RETRY);
    if (typeof opened === 'string') throw new Problem(problems.unavailable, RETRY);
    const { connection } = opened;
    reply.hijack();
    stream.open(() => connection.closed());
    connection.resume(after);
  }
}

const RETRY = { retryAfterSeconds: RETRY_AFTER_SECONDS };

/** Undefined without the header: the newest messages. */
function positionIn({ headers }: FastifyRequest): ChatPosition | undefined {
  const id = headers['last-event-id'];
  if (id === undefined) return undefined;
  const [, conversation, seq] = /^([^/]+)\/(\d{1,9})$/.exec(String(id)) ?? [];
  const conversationId = ConversationId.safeParse(conversation);
  if (!conversationId.success) {
    const detail = 'Last-Event-ID must be the id of an event of this stream';
    throw new Problem(problems.invalidRequest, { detail });
  }
  return { conversationId: conversationId.data, seq: Number(seq) };
}
