import { limits } from '../limits.js';
import { BoundedLog } from '../log/bounded-log.js';
import { type Message, type MessageStatus, type OutboundStatus, outboundStatuses } from './message.js';
import { newIdempotencyToken } from './ids.js';
import { countSegments } from './segments.js';

type NewMessage = Pick<Message, 'sid' | 'direction' | 'from' | 'to' | 'body' | 'params'> & {
  status: MessageStatus;
  statusCallback?: string;
  numMedia?: number;
  /** Default: now. */
  createdAt?: number;
};

const ranks: readonly string[] = outboundStatuses;
const rank = (status: MessageStatus): number => ranks.indexOf(status);

/** The account's message log, with which tests compare. */
export class MessageStore extends BoundedLog<Message> {
  private readonly bySid = new Map<string, Message>();

  constructor() {
    super(limits.messages, (evicted) => this.bySid.delete(evicted.sid));
  }

  add(message: NewMessage): Message {
    const now = message.createdAt ?? Date.now();
    return this.append((index) => {
      const stored: Message = {
        ...message,
        index,
        numSegments: countSegments(message.body),
        numMedia: message.numMedia ?? 0,
        statusCallback: message.statusCallback ?? null,
        idempotencyToken: newIdempotencyToken(),
        createdAt: now,
        errorCode: null,
        updatedAt: now,
        sentAt: message.direction === 'outbound-api' ? null : now,
      };
      this.bySid.set(stored.sid, stored);
      return stored;
    });
  }

  find(sid: string): Message | undefined {
    return this.bySid.get(sid);
  }

  /** Sets a later status; an earlier or equal one changes nothing. */
  advance(message: Message, status: OutboundStatus, errorCode?: number): void {
    if (rank(status) <= rank(message.status)) return;
    message.status = status;
    message.updatedAt = Date.now();
    message.errorCode = errorCode ?? null;
    if (rank(status) >= rank('sent')) message.sentAt ??= message.updatedAt;
    this.changed();
  }

  override clear(): void {
    this.bySid.clear();
    super.clear();
  }
}
