import type { LoggedEvent } from '@parley/contracts';
import type { ConversationId } from '@parley/kernel';

/**
 * A place between two events: behind all of transactions before `xid`, and those of `xid` itself up to `id`. Both are
 * whole numbers in decimal, too large for a `number`.
 */
export interface LogPosition {
  readonly xid: string;
  readonly id: string;
}

export const LOG_START: LogPosition = { xid: '0', id: '0' };

export interface EventFilter {
  readonly types?: readonly string[] | undefined;
  readonly conversationId?: ConversationId | undefined;
}

export interface EventPage {
  readonly events: LoggedEvent[];
  /** Where to read on. */
  readonly end: LogPosition;
  /** Whether there may be more behind it by now. */
  readonly hasMore: boolean;
}

/** The public events, in an order that never gets an earlier entry later on. */
export abstract class EventLog {
  /** Up to `limit` events behind a place. */
  abstract read(after: LogPosition, filter: EventFilter, limit: number): Promise<EventPage>;
  /** A place before which nothing happened at this time or later. */
  abstract positionBefore(time: Date): Promise<LogPosition>;
}
