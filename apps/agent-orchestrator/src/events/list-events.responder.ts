import { Controller } from '@nestjs/common';
import { ListEvents } from '@parley/contracts';
import { Answers, RpcFailure } from '@parley/messaging';
import type { z } from 'zod';
import { cursorOf, positionOf } from './event-cursor.js';
import { EventLog, LOG_START, type LogPosition } from './event-log.js';

type Question = z.output<typeof ListEvents.input>;

/** rpc.orchestrator.list-events → EventLog → a page of events */
@Controller()
export class ListEventsResponder {
  constructor(private readonly log: EventLog) {}

  @Answers(ListEvents)
  async listEvents(question: Question): Promise<z.output<typeof ListEvents.output>> {
    const { events, end, hasMore } = await this.log.read(
      await this.#startOf(question),
      question,
      question.limit,
    );
    return { data: events, nextCursor: cursorOf(end), hasMore };
  }

  async #startOf({ cursor, since }: Question): Promise<LogPosition> {
    if (cursor === undefined) return since ? this.log.positionBefore(new Date(since)) : LOG_START;
    const position = positionOf(cursor);
    if (!position)
      throw new RpcFailure(
        'invalid-cursor',
        'The cursor does not belong to this list; use the nextCursor of one of its pages',
      );
    return position;
  }
}
