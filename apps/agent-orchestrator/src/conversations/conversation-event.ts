import type { Contract, DataOf } from '@parley/contracts';
import type { OutboxMessage } from '@parley/persistence';

/** Returns a public event of a conversation. `eventSeq` numbers all events of a conversation from 1, without gaps. */
export function conversationEvent<C extends Contract<'evt'>>(
  contract: C,
  eventSeq: number,
  data: DataOf<C>,
): OutboxMessage {
  return { contract, data, extensions: { conversationsequence: String(eventSeq) } };
}
