import type { DurableKind } from '@parley/contracts';
import { streams } from '@parley/contracts';
import type { NatsLink } from '@parley/messaging';

export interface StoredMessage {
  sequence: number;
  subject: string;
  data: Record<string, unknown>;
}

/** Reads the messages of a stream in order, with JetStream's own API. */
export async function storedMessages(link: NatsLink, kind: DurableKind): Promise<StoredMessage[]> {
  const connection = await link.whenConnected();
  const { name } = streams[kind];
  const ask = async (subject: string, body: object): Promise<Answer> => {
    const reply = await connection.request(`$JS.API.${subject}.${name}`, JSON.stringify(body), {
      timeout: 5_000,
    });
    return reply.json<Answer>();
  };
  const { state } = await ask('STREAM.INFO', {});
  const found: StoredMessage[] = [];
  for (let sequence = state?.first_seq ?? 1; sequence <= (state?.last_seq ?? 0); sequence++) {
    const { message } = await ask('STREAM.MSG.GET', { seq: sequence });
    if (!message) continue;
    const data = JSON.parse(Buffer.from(message.data, 'base64').toString()) as Record<string, unknown>;
    found.push({ sequence, subject: message.subject, data });
  }
  return found;
}

/** Returns the numbers of a thread's texts, in the stream's order. */
export const sequencesOf = (messages: readonly StoredMessage[], thread: string) =>
  messages.filter(({ data }) => data['threadId'] === thread).map(({ data }) => data['threadSeq']);

interface Answer {
  state?: { first_seq: number; last_seq: number };
  message?: { subject: string; data: string };
}
