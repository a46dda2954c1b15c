import { RunningParley, someNumber } from '@parley/testing';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/**
 * A frozen process is fenced: another process has done its work, so the writes of the frozen one have no effect when it
 * resumes.
 */

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start({
    model: 'simulated',
    replicas: { 'sms-gateway': 2, 'agent-orchestrator': 2 },
    env: { LLM_TIMEOUT_MS: '30000' },
    // A send whose outcome is unknown waits until it was twice absent from Twilio's list, 15 s here.
    serviceEnv: { 'sms-gateway': { RECOVERY_TIME_SCALE: '0.05' } },
  });
});
afterAll(async () => parley?.stop());

describe('a frozen orchestrator', () => {
  /** Stops the second orchestrator, so that the next work happens in the first. */
  beforeEach(() => second().stop());
  afterEach(async () => {
    first().signal('SIGCONT');
    await second().start();
  });
  const first = () => parley.process('agent-orchestrator', 0);
  const second = () => parley.process('agent-orchestrator', 1);

  it('[S-12] when an orchestrator freezes in the transaction that logs a text, another orchestrator logs and answers the text once', async () => {
    const { text, replies, log, conversation } = await somebodyKnown();
    const lock = await parley.lock('SELECT 1 FROM orchestrator.conversation WHERE id = $1 FOR UPDATE', [
      await conversation(),
    ]);
    await text('Second');
    const backend = await lock.freezeAt(
      'SET message_seq = message_seq + 1',
      () => first().signal('SIGSTOP'),
      () => first().signal('SIGCONT'),
    );
    await expect.poll(() => stateOf(backend)).toBe('idle in transaction');

    await second().start();
    expect(await replies(2)).toEqual([
      expect.any(String),
      expect.stringContaining('Message 2: you said "Second'),
    ]);
    expect(await stateOf(backend)).toBeUndefined();

    first().signal('SIGCONT');
    await parley.settled();
    expect(await log()).toEqual(['inbound', 'answer', 'inbound', 'answer']);
    expect(await replies(0)).toHaveLength(2);
  });

  it('[S-12] when an orchestrator freezes in a turn, another orchestrator takes the turn, and the late answer is dropped', async () => {
    const { text, replies, asked, log } = await somebodyKnown();
    await parley.simulator.model({ mode: 'delay', delayMs: 8_000, times: 1 });
    await text('Second');
    await expect.poll(asked).toHaveLength(2);
    first().signal('SIGSTOP');

    await second().start();
    expect(await replies(2)).toHaveLength(2);
    expect(await asked()).toHaveLength(3);

    first().signal('SIGCONT');
    await expect.poll(() => turnsOf(first().source)).toContain('lease-lost');
    await parley.settled();
    expect(await replies(0)).toHaveLength(2);
    expect(await log()).toEqual(['inbound', 'answer', 'inbound', 'answer']);
  });

  it('[S-12] when an orchestrator freezes in the transaction that ends a turn, Postgres rolls the transaction back and another orchestrator answers', async () => {
    const { text, replies, asked, log, conversation } = await somebodyKnown();
    await parley.simulator.model({ mode: 'delay', delayMs: 6_000, times: 1 });
    await text('Second');
    await expect.poll(asked).toHaveLength(2);
    const lock = await parley.lock('SELECT 1 FROM orchestrator.conversation WHERE id = $1 FOR UPDATE', [
      await conversation(),
    ]);
    const backend = await lock.freezeAt(
      'SET answered_seq',
      () => first().signal('SIGSTOP'),
      () => first().signal('SIGCONT'),
    );
    await expect.poll(() => stateOf(backend)).toBe('idle in transaction');

    await second().start();
    expect(await replies(2)).toHaveLength(2);
    expect(await stateOf(backend)).toBeUndefined();

    first().signal('SIGCONT');
    await parley.settled();
    expect(await replies(0)).toHaveLength(2);
    expect(await log()).toEqual(['inbound', 'answer', 'inbound', 'answer']);
  });
});

describe('a frozen gateway', () => {
  beforeEach(() => second().stop());
  afterEach(async () => {
    first().signal('SIGCONT');
    await second().start();
  });
  const first = () => parley.process('sms-gateway', 0);
  const second = () => parley.process('sms-gateway', 1);

  it('[S-17] a gateway that froze between claim and send until after the deadline does not send', async () => {
    const { text, replies, number } = await somebodyKnown();
    const lock = await lockRecipientOf(number);
    await text('Second');
    await lock.freezeAt(
      "SET status = 'SENDING'",
      () => first().signal('SIGSTOP'),
      () => first().signal('SIGCONT'),
    );
    await expect.poll(() => sendsTo(number)).toEqual(['ACCEPTED', 'SENDING']);
    const [claimed] = await newestSend();

    await second().start();
    await expect.poll(() => statusOf(claimed!.id)).toBe('UNKNOWN');
    first().signal('SIGCONT');
    await text('Third', { replica: 1 });
    await expect.poll(async () => (await replies(0)).at(-1)).toContain('"Third');

    await parley.settled();
    const attempts = await attemptsTo(number);
    expect(attempts.filter((attempt) => attempt === claimed!.id)).toEqual([]);
    expect(new Set(attempts).size).toBe(attempts.length);
  });

  it('[S-17] when a gateway freezes while Twilio answers, the text is sent once and its delivery status is stored', async () => {
    const { text, number, replies, conversation } = await somebodyKnown();
    await parley.simulator.fault({ kind: 'twilio.create', mode: 'delay', delayMs: 1_000, to: number });
    await text('Second');
    await replies(2);
    first().signal('SIGSTOP');

    await second().start();
    const [sent] = await newestSend();
    await expect.poll(() => statusOf(sent!.id)).not.toBe('SENDING');
    first().signal('SIGCONT');
    await parley.settled();
    expect(await replies(0)).toHaveLength(2);
    expect(await statusOf(sent!.id)).toBe('ACCEPTED');
    const log = await messagesIn(await conversation());
    expect(log.map(({ status }) => status)).toEqual(['received', 'delivered', 'received', 'delivered']);
  });
});

/** Makes a person who has sent one text and got an answer. */
async function somebodyKnown() {
  const number = someNumber();
  const mark = randomBytes(6).toString('hex');
  const somebody = {
    number,
    text: async (words: string, { replica = 0 } = {}) => {
      const params = parley.inboundParams({ from: number, body: `${words} ${mark}` });
      expect((await parley.webhook(params, { replica })).status).toBe(200);
    },
    /** Returns the texts that the person received; waits for `count` texts. */
    replies: async (count: number) => {
      const wait = count ? { count, waitMs: 40_000 } : { waitMs: 0 };
      const query = { to: number, direction: 'outbound' as const };
      return (await parley.simulator.messages({ ...query, ...wait })).map(({ body }) => body);
    },
    asked: () => parley.simulator.prompts(mark, { waitMs: 0 }),
    conversation: async () => {
      const [found] = await parley.query<{ id: string }>(
        `SELECT conversation_id AS id FROM orchestrator.message WHERE text LIKE '%' || $1 LIMIT 1`,
        [mark],
      );
      return found!.id;
    },
    /** Returns the kinds of messages in the log. */
    log: async () => (await messagesIn(await somebody.conversation())).map(({ kind }) => kind),
  };
  await somebody.text('First');
  await somebody.replies(1);
  await parley.settled();
  return somebody;
}

async function messagesIn(conversationId: string): Promise<{ kind: string; status: string }[]> {
  return parley.query(
    'SELECT kind, status FROM orchestrator.message WHERE conversation_id = $1 ORDER BY seq',
    [conversationId],
  );
}

async function stateOf(backend: number): Promise<string | undefined> {
  const [session] = await parley.query<{ state: string }>(
    'SELECT state FROM pg_stat_activity WHERE pid = $1',
    [backend],
  );
  return session?.state;
}

/** Returns the outcomes of the turns that a process logged. */
function turnsOf(source: string): string[] {
  return parley.logs
    .filter((line) => line.source === source)
    .flatMap(({ text }) => /"outcome":"([a-z-]+)"/.exec(text)?.[1] ?? []);
}

/** Locks the person's row, which is the newest because nobody else is texted meanwhile. */
async function lockRecipientOf(number: string) {
  const [thread] = await parley.query<{ recipient: string }>(
    'SELECT recipient_index AS recipient FROM gateway.thread ORDER BY created_at DESC LIMIT 1',
  );
  expect(await parley.simulator.messages({ to: number, direction: 'outbound', waitMs: 0 })).toHaveLength(1);
  return parley.lock('SELECT 1 FROM gateway.recipient WHERE number_index = $1 FOR UPDATE', [
    thread!.recipient,
  ]);
}

async function newestSend(): Promise<{ id: string; status: string }[]> {
  return parley.query('SELECT id, status FROM gateway.send ORDER BY position DESC LIMIT 1');
}

/** Returns the states of the sends in the newest thread. */
async function sendsTo(number: string): Promise<string[]> {
  expect(number).toMatch(/^\+/);
  const sends = await parley.query<{ status: string }>(
    `SELECT status FROM gateway.send WHERE thread_id = (SELECT thread_id FROM gateway.send ORDER BY position DESC LIMIT 1)
     ORDER BY position`,
  );
  return sends.map(({ status }) => status);
}

async function statusOf(sendId: string): Promise<string | undefined> {
  const [send] = await parley.query<{ status: string }>('SELECT status FROM gateway.send WHERE id = $1', [
    sendId,
  ]);
  return send?.status;
}

/** Returns the send attempts that the carrier accepted. */
async function attemptsTo(number: string): Promise<string[]> {
  const messages = await parley.simulator.messages({ to: number, direction: 'outbound', waitMs: 0 });
  return messages.flatMap(({ statusCallback }) => new URL(statusCallback!).searchParams.get('send') ?? []);
}
