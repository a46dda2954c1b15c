import { setTimeout as delay } from 'node:timers/promises';
import {
  givenUpMessages,
  type RunQuery,
  SERVICE_SCHEMAS,
  unconfirmedMessages,
  waitUntilNoOpenWork,
} from '@parley/testing';
import type {
  CarrierReport,
  ConsentRow,
  Evidence,
  InboundRow,
  LoggedConversation,
  LoggedMessage,
  ModelPrompt,
  PublicEvent,
  SendRow,
} from './evidence.js';
import type { PlayResult } from './play-schedule.js';
import type { Schedule } from './schedule.js';
import type { ChaosStack } from './stack.js';

const POLL_MS = 100;
const PAGE = 200;
const REST_PATIENCE_MS = 30_000;

/** Positions in all logs at the start of a seed; later entries belong to the seed. */
export interface Baseline {
  readonly startedAtMs: number;
  readonly messageIndex: number;
  readonly reportIndex: number;
  readonly promptIndex: number;
  readonly sendPosition: number;
  readonly gatewayOutboxId: number;
}

export async function takeBaseline(stack: ChaosStack): Promise<Baseline> {
  const [carrier, reports, prompts] = await Promise.all([
    stack.simulator.messagesSince(Number.MAX_SAFE_INTEGER),
    stack.simulator.statusReportsSince(Number.MAX_SAFE_INTEGER),
    stack.simulator.promptsSince(Number.MAX_SAFE_INTEGER),
  ]);
  const [newest] = await stack.query<{ position: number; outbox: number }>(
    `SELECT (SELECT coalesce(max(position), 0) FROM gateway.send)::float8 AS position,
            (SELECT coalesce(max(id), 0) FROM gateway.outbox)::float8 AS outbox`,
  );
  return {
    startedAtMs: Date.now(),
    messageIndex: carrier.next,
    reportIndex: reports.next,
    promptIndex: prompts.next,
    sendPosition: newest!.position,
    gatewayOutboxId: newest!.outbox,
  };
}

/** Waits until all work is finished. After the time-out it returns descriptions of the unfinished work. */
export async function waitUntilChaosSettled(
  stack: ChaosStack,
  { texts }: PlayResult,
  timeoutMs: number,
): Promise<string[]> {
  const messageSids = texts.map(({ messageSid }) => messageSid);
  const query = queryOf(stack);
  const also = async () => [
    ...(await unconfirmedMessages(query, SERVICE_SCHEMAS)),
    ...(await unknownTexts(stack, messageSids)),
  ];
  const { simulator, nats } = stack;
  return waitUntilNoOpenWork(
    { query, natsUrl: nats.url, simulator, schemas: SERVICE_SCHEMAS, also },
    timeoutMs,
  );
}

async function unknownTexts(stack: ChaosStack, messageSids: readonly string[]): Promise<string[]> {
  const [known] = await stack.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM gateway.inbound_sms WHERE message_sid = ANY($1)',
    [messageSids],
  );
  const unknown = messageSids.length - known!.count;
  return unknown > 0 ? [`${unknown} texts unknown to the gateway`] : [];
}

/** Collects the evidence of a seed. `open` describes unfinished work. */
export async function collectEvidence(
  stack: ChaosStack,
  schedule: Schedule,
  { texts, operatorMessages, faults, refusals }: PlayResult,
  baseline: Baseline,
  open: readonly string[],
  sendDeadlineMs: number,
): Promise<Evidence> {
  const { messages } = await stack.simulator.messagesSince(baseline.messageIndex);
  return {
    schedule,
    line: stack.line,
    texts,
    operatorMessages,
    faults,
    acceptedTexts: messages.filter(({ direction }) => direction === 'outbound-api'),
    reports: await reportsSince(stack, baseline),
    prompts: await promptsSince(stack, baseline),
    inbound: await stack.query<InboundRow>(
      `SELECT message_sid AS "messageSid", decision, reason, thread_id AS "threadId"
       FROM gateway.inbound_sms WHERE message_sid = ANY($1)`,
      [texts.map(({ messageSid }) => messageSid)],
    ),
    foundInList: texts
      .map(({ messageSid }) => messageSid)
      .filter((messageSid) => stack.foundInList.has(messageSid)),
    conversations: await conversationsSince(stack, baseline),
    sends: await sendsSince(stack, baseline, sendDeadlineMs),
    consents: await stack.query<ConsentRow>(
      `SELECT fact.data->>'threadId' AS "threadId", fact.data->>'change' AS change,
              extract(epoch FROM created_at)::float8 * 1000 AS "atMs"
       FROM gateway.outbox, LATERAL (SELECT convert_from(payload, 'UTF8')::jsonb AS data) AS fact
       WHERE id > $1 AND subject LIKE 'int.sms.consent-changed.%'`,
      [baseline.gatewayOutboxId],
    ),
    leftovers: [...open, ...refusals, ...(await givenUpMessages(queryOf(stack), SERVICE_SCHEMAS))],
    sendDeadlineMs,
  };
}

async function sendsSince(stack: ChaosStack, baseline: Baseline, sendDeadlineMs: number): Promise<SendRow[]> {
  const sends = await stack.query<Omit<SendRow, 'claimedAtMs'> & { deadlineMs: number | null }>(
    `SELECT id, position::float8 AS position, message_id AS "messageId", thread_id AS "threadId", part, status, reason,
            is_opt_out_confirmation AS "isOptOutConfirmation", listings > 0 OR status = 'UNKNOWN' AS "wasUnknown",
            extract(epoch FROM send_deadline)::float8 * 1000 AS "deadlineMs"
     FROM gateway.send WHERE position > $1 ORDER BY position`,
    [baseline.sendPosition],
  );
  return sends.map(({ deadlineMs, ...send }) => ({
    ...send,
    claimedAtMs: deadlineMs === null ? undefined : deadlineMs - sendDeadlineMs,
  }));
}

async function reportsSince(stack: ChaosStack, baseline: Baseline): Promise<CarrierReport[]> {
  const { requests } = await stack.simulator.statusReportsSince(baseline.reportIndex);
  return requests.map(({ messageSid, params, status }) => ({
    messageSid,
    status: params['MessageStatus'] ?? '',
    isAcknowledged: status !== null && status < 300,
  }));
}

async function promptsSince(stack: ChaosStack, baseline: Baseline): Promise<ModelPrompt[]> {
  const { requests } = await stack.simulator.promptsSince(baseline.promptIndex);
  return requests.map(({ request, reply }) => ({
    userTexts: request.messages.flatMap(({ role, content }) => (role === 'user' ? [content] : [])),
    reply,
  }));
}

interface ConversationResource {
  id: string;
  contactId: string;
  createdAt: string;
}

async function conversationsSince(
  stack: ChaosStack,
  { startedAtMs }: Baseline,
): Promise<LoggedConversation[]> {
  const found: ConversationResource[] = [];
  for await (const conversation of pages<ConversationResource>(stack, '/v1/conversations')) {
    if (Date.parse(conversation.createdAt) < startedAtMs) break;
    found.push(conversation);
  }
  const [events, sids] = await Promise.all([
    eventsOf(
      stack,
      found.flatMap(({ id, contactId }) => [id, contactId]),
    ),
    messageSidsOf(
      stack,
      found.map(({ id }) => id),
    ),
  ]);
  return Promise.all(
    found.map(async ({ id, contactId }) => {
      const messages = await all(pages<LoggedMessage>(stack, `/v1/conversations/${id}/messages`));
      return {
        id,
        contactId,
        messages: messages.map((message) => {
          const messageSid = sids.get(message.id);
          return { ...message, ...(messageSid !== undefined && { messageSid }) };
        }),
        events: events.filter(({ key }) => key === id || key === contactId).map(({ event }) => event),
      };
    }),
  );
}

/** Returns the public events of a conversation or contact, in order. */
async function eventsOf(
  stack: ChaosStack,
  keys: readonly string[],
): Promise<{ key: string; event: PublicEvent }[]> {
  const rows = await stack.query<{ key: string; type: string; sequence: number | null; data: object }>(
    `SELECT ordering_key AS key, split_part(subject, '.', 2) || '.' || split_part(subject, '.', 3) AS type,
            (headers->>'ce-conversationsequence')::int AS sequence, convert_from(payload, 'UTF8')::jsonb AS data
     FROM orchestrator.outbox WHERE subject LIKE 'evt.%' AND ordering_key = ANY($1) ORDER BY outbox.id`,
    [keys],
  );
  return rows.map(({ key, type, sequence, data }) => ({
    key,
    event: { type, sequence: sequence ?? undefined, data: { ...data } },
  }));
}

async function messageSidsOf(
  stack: ChaosStack,
  conversationIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await stack.query<{ id: string; messageSid: string }>(
    `SELECT id, provider_message_id AS "messageSid" FROM orchestrator.message
     WHERE direction = 'inbound' AND provider_message_id IS NOT NULL AND conversation_id = ANY($1)`,
    [conversationIds],
  );
  return new Map(rows.map(({ id, messageSid }) => [id, messageSid]));
}

interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

async function* pages<T>(stack: ChaosStack, path: string): AsyncGenerator<T> {
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page<T> = await readPage<T>(
      stack,
      `${path}?limit=${PAGE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    yield* page.data;
    cursor = page.nextCursor;
  }
}

/** Retries while the gateway answers 503, because it may still be reconnecting to NATS. */
async function readPage<T>(stack: ChaosStack, path: string): Promise<Page<T>> {
  const deadline = performance.now() + REST_PATIENCE_MS;
  for (;;) {
    const answer = await stack.api(path);
    if (answer.ok) return (await answer.json()) as Page<T>;
    const text = await answer.text();
    if (answer.status < 500 || performance.now() > deadline)
      throw new Error(`${path} answered ${answer.status}: ${text}`);
    await delay(POLL_MS);
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function queryOf(stack: ChaosStack): RunQuery {
  return (sql, params) => stack.query(sql, params);
}
