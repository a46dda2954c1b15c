import { Logger } from '@nestjs/common';
import type { ChatPage, ChatPosition } from '@parley/contracts';
import { waitUntil } from '@parley/local-stack';
import { RpcUnavailableError } from '@parley/messaging';
import { newId } from '@parley/service-kit';
import { afterEach, expect, it, vi } from 'vitest';
import type { ServerFrame } from '../frames/server-frames.js';
import { ChatConnection } from './chat-connection.js';
import { ChatOutput } from './chat-output.js';

Logger.overrideLogger(false);

afterEach(() => vi.useRealTimers());

/** Takes frames at once, or when the test lets it. */
class RecordingOutput extends ChatOutput {
  readonly frames: ServerFrame[] = [];
  #goOn: Promise<void> = Promise.resolve();

  /** The client takes nothing until the returned function is called. */
  stall(): () => void {
    let goOn = (): void => {};
    this.#goOn = new Promise((resolve) => (goOn = resolve));
    return goOn;
  }

  async send(frames: readonly ServerFrame[]): Promise<void> {
    this.frames.push(...frames);
    if (frames.length > 0) await this.#goOn;
  }

  sendLive(frame: ServerFrame): void {
    this.frames.push(frame);
  }

  keepAlive(): void {}

  close(): void {}
}

function message(conversationId: ChatPage['conversationId'], seq: number): ChatPage['data'][number] {
  return {
    id: newId('msg'),
    conversationId,
    seq,
    channel: 'web',
    direction: 'outbound',
    author: 'agent',
    text: String(seq),
    status: 'queued',
    createdAt: '2026-01-02T03:04:05.678Z',
  };
}

/** A connection to a log of `count` messages that is read two at a time. */
function given(count: number) {
  const log = { conversationId: newId('conv'), count, isAvailable: true };
  const reads: (ChatPosition | undefined)[] = [];
  const output = new RecordingOutput();
  const draft: ServerFrame[] = [{ type: 'typing', isTyping: true }];
  const read = async (after: ChatPosition | undefined): Promise<ChatPage | null> => {
    reads.push(after);
    await Promise.resolve();
    if (!log.isAvailable) throw new RpcUnavailableError('no answer');
    if (log.count === 0) return null;
    const { conversationId } = log;
    const from = !after ? log.count - 2 : after.conversationId === conversationId ? after.seq : 0;
    const data = [from + 1, from + 2].filter((seq) => seq <= log.count);
    return {
      conversationId,
      data: data.map((seq) => message(conversationId, seq)),
      hasMore: from + 2 < log.count,
    };
  };
  const session = { threadId: newId('thr'), expiresAt: new Date() };
  const connection = new ChatConnection(session, output, {
    read,
    onConversation: () => undefined,
    draft: () => draft,
    onClosed: () => undefined,
  });
  const seqs = () => output.frames.flatMap((frame) => (frame.type === 'message' ? [frame.message.seq] : []));
  const states = () => output.frames.flatMap((frame) => (frame.type === 'status' ? [frame.state] : []));
  const until = (what: string, is: () => boolean) => waitUntil(what, is, { intervalMs: 1 });
  return { connection, log, output, reads, seqs, states, until };
}

it('nothing is read before the client sends its position', async () => {
  const { connection, reads } = given(3);
  connection.wake();
  await Promise.resolve();
  expect(reads).toEqual([]);
});

it('all pages are sent, then that the client is current, then the draft', async () => {
  const { connection, seqs, output, until } = given(5);
  connection.resume({ seq: 0 });
  await until('the client to be current', () => output.frames.at(-1)?.type === 'typing');
  expect(seqs()).toEqual([1, 2, 3, 4, 5]);
  expect(output.frames.at(-2)).toMatchObject({ type: 'status', state: 'current', lastSeq: 5 });
});

it('each message is sent once, however often the connection is woken', async () => {
  const { connection, log, seqs, states, until } = given(4);
  connection.resume({ seq: 0 });
  for (let n = 0; n < 50; n++) {
    connection.wake();
    if (n % 5 === 0) log.count += 1;
    await Promise.resolve();
  }
  await until('all messages', () => seqs().length >= log.count);
  expect(seqs()).toEqual(Array.from({ length: log.count }, (_, n) => n + 1));
  expect(states()).toEqual(['current']);
});

it('the next page is read only after the client has taken the one before', async () => {
  const { connection, output, reads, seqs, until } = given(6);
  const goOn = output.stall();
  connection.resume({ seq: 0 });
  await until('the first page', () => seqs().length === 2);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(reads).toHaveLength(1);
  goOn();
  await until('the rest', () => seqs().length === 6);
});

it('a client that resumes twice gets the messages after its last position', async () => {
  const { connection, log, seqs, states, until } = given(6);
  connection.resume({ conversationId: log.conversationId, seq: 0 });
  connection.resume({ conversationId: log.conversationId, seq: 4 });
  await until('the client to be current', () => states().length > 0);
  expect(seqs()).toEqual([5, 6]);
});

it('a client of an empty chat gets all messages from the first one on', async () => {
  const { connection, log, seqs, states, until } = given(0);
  connection.resume(undefined);
  await until('the client to be current', () => states().length > 0);
  log.count = 5;
  connection.wake();
  await until('all messages', () => seqs().length === 5);
  expect(seqs()).toEqual([1, 2, 3, 4, 5]);
});

it('a chat that moves to another conversation goes on with its first message', async () => {
  const { connection, log, seqs, states, until } = given(2);
  connection.resume({ conversationId: log.conversationId, seq: 2 });
  await until('the client to be current', () => states().length > 0);
  log.conversationId = newId('conv');
  log.count = 3;
  connection.wake();
  await until('all messages', () => seqs().length === 3);
  expect(seqs()).toEqual([1, 2, 3]);
});

it('during an outage the client gets one status and no draft; afterwards it gets all messages', async () => {
  const { connection, log, output, reads, seqs, states, until } = given(3);
  log.isAvailable = false;
  connection.resume({ seq: 0 });
  await until('several attempts', () => reads.length >= 3);
  connection.showDraft([{ type: 'typing', isTyping: true }]);
  expect(output.frames).toEqual([{ type: 'status', state: 'delayed' }]);
  log.isAvailable = true;
  await until('all messages', () => seqs().length === 3);
  await until('the client to be current', () => states().length === 2);
  expect(states()).toEqual(['delayed', 'current']);
});

it('nothing is read for a client that has gone', async () => {
  vi.useFakeTimers();
  const { connection, log, reads } = given(3);
  log.isAvailable = false;
  connection.resume({ seq: 0 });
  await vi.waitFor(() => expect(reads).toHaveLength(1));
  connection.closed();
  connection.wake();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reads).toHaveLength(1);
});
