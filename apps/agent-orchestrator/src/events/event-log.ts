import type { LoggedEvent } from '@parley/contracts';
import type { ConversationId } from '@parley/kernel';

/**
 * A position between two events: after all events of transactions before `xid`, and after those of `xid` up
 * to `id`. Both are decimal integers that a `number` cannot hold.
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
  /** The position after the last event of the page. */
  readonly end: LogPosition;
  /** Whether more events may follow this page. */
  readonly hasMore: boolean;
}

/** Reads the public events in a stable order: a new event never stands before an event that was already read. */
export abstract class EventLog {
  /** Reads up to `limit` events after a position. */
  abstract read(after: LogPosition, filter: EventFilter, limit: number): Promise<EventPage>;
  /** Returns a position that stands before all events of this time or later. */
  abstract positionBefore(time: Date): Promise<LogPosition>;
}
