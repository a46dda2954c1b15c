import { Controller } from '@nestjs/common';
import {
  type CallView,
  GetCall,
  GetCallTranscript,
  HangUpCall as HangUpCallRequest,
  ListCalls,
  pageFrom,
} from '@parley/contracts';
import { type CallId, parseId } from '@parley/kernel';
import { Answers, RpcFailure } from '@parley/messaging';
import type { z } from 'zod';
import type { Call } from './call.js';
import { CallStore } from './call-store.js';
import { HangUpCall } from './hang-up-call.js';
import { TurnStore } from './turn-store.js';

type AnswerTo<C extends { output: z.ZodType }> = z.output<C['output']>;
type QuestionOf<C extends { input: z.ZodType }> = z.output<C['input']>;

/** rpc.voice.list-calls, get-call, get-transcript → from the rows; hang-up → HangUpCall */
@Controller()
export class CallsResponder {
  constructor(
    private readonly calls: CallStore,
    private readonly turns: TurnStore,
    private readonly hangUpCall: HangUpCall,
  ) {}

  @Answers(ListCalls)
  async listCalls({
    limit,
    cursor,
    ...filter
  }: QuestionOf<typeof ListCalls>): Promise<AnswerTo<typeof ListCalls>> {
    const before = cursor === undefined ? undefined : callCursor(cursor);
    const found = await this.calls.list(filter, limit + 1, before);
    return pageFrom(found.map(viewOf), limit, ({ id }) => id);
  }

  @Answers(GetCall)
  async getCall({ callId }: QuestionOf<typeof GetCall>): Promise<AnswerTo<typeof GetCall>> {
    const call = await this.calls.find(callId);
    return call ? viewOf(call) : null;
  }

  @Answers(GetCallTranscript)
  async getTranscript({
    callId,
    limit,
    cursor,
  }: QuestionOf<typeof GetCallTranscript>): Promise<AnswerTo<typeof GetCallTranscript>> {
    const after = cursor === undefined ? 0 : turnCursor(cursor);
    if (!(await this.calls.find(callId))) return null;
    const records = await this.turns.after(callId, after, limit + 1);
    return pageFrom(records, limit, ({ turnNo }) => String(turnNo));
  }

  @Answers(HangUpCallRequest)
  async hangUp({
    callId,
  }: QuestionOf<typeof HangUpCallRequest>): Promise<AnswerTo<typeof HangUpCallRequest>> {
    const call = await this.hangUpCall.execute(callId, 'hung-up-by-request');
    return call ? viewOf(call) : null;
  }
}

function viewOf(call: Call): CallView {
  const { id, direction, status, agentId, conversationId, contactId, answeredAt, endedAt, endReason } = call;
  return {
    id,
    direction,
    status,
    ...(agentId && { agentId }),
    ...(conversationId && { conversationId }),
    ...(contactId && { contactId }),
    createdAt: call.startedAt.toISOString(),
    ...(answeredAt && { answeredAt: answeredAt.toISOString() }),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
    ...(endReason && { endReason }),
    ...(answeredAt && endedAt && { durationMs: Math.max(0, endedAt.getTime() - answeredAt.getTime()) }),
  };
}

function callCursor(cursor: string): CallId {
  const id = parseId('call', cursor);
  if (!id) throw invalidCursor();
  return id;
}

function turnCursor(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor)) throw invalidCursor();
  return Number(cursor);
}

function invalidCursor(): RpcFailure {
  return new RpcFailure('invalid-cursor', 'The cursor is not one that a page gave');
}
