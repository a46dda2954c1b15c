import type { CallView, MessageView, TurnRecord } from '@parley/contracts';
import {
  LocalParley,
  type LogLine,
  type ServiceProcess,
  type SimulatedCall,
  SimulatorClient,
  waitUntil,
} from '@parley/local-stack';
import { randomBytes, randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { HeldLock } from './held-lock.js';
import { waitUntilNoOpenWork } from './open-work.js';
import { copyPreparedCluster } from './prepared-cluster.js';
import {
  localParleyOptions,
  clusterContentFor,
  type RunningParleyOptions,
  testAccount as twilio,
} from './running-parley-options.js';
import { twilioSignature } from './simulated-twilio.js';
import { type TestAgent, writeAgents } from './test-agents.js';
import { testFolder } from './test-folder.js';

/** Long enough for both searches for a send whose outcome is unknown. */
const SETTLE_MS = 120_000;
const VOICE_BRIDGE = 'voice-bridge';

/** Parley as separate processes on this machine, with a Postgres, a nats-server and a data folder of its own. */
export class RunningParley {
  readonly simulator: SimulatorClient;
  /** All lines that the services wrote. */
  readonly logs: LogLine[];
  readonly apiKey: string;

  private constructor(
    private readonly parley: LocalParley,
    private readonly folder: string,
    logs: LogLine[],
    apiKey: string,
  ) {
    this.simulator = new SimulatorClient(parley.process('simulator').url);
    this.logs = logs;
    this.apiKey = apiKey;
  }

  static async start(options: RunningParleyOptions = {}): Promise<RunningParley> {
    const folder = testFolder('parley');
    const logs: LogLine[] = [];
    const apiKey = `pk_test_${randomBytes(16).toString('hex')}`;
    try {
      const content = clusterContentFor(options);
      if (content) await copyPreparedCluster(join(folder, 'postgres'), content);
      const local = localParleyOptions(options, { folder, apiKey, log: (line) => logs.push(line) });
      return new RunningParley(await LocalParley.start(local), folder, logs, apiKey);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.parley.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs the migrations of all services again, which also reads the agents file again. */
  async migrate(): Promise<void> {
    await this.parley.migrate();
  }

  /** Replaces the agents file and migrates; only for a Parley that was started with `agents`. */
  async changeAgents(agents: readonly TestAgent[]): Promise<void> {
    writeAgents(this.folder, agents);
    await this.migrate();
  }

  /**
   * Waits until calls are answered by the agents that the orchestrator has, and no longer by older agents or the
   * neutral one.
   */
  async untilAgentsAreKnown(): Promise<void> {
    const known = async () => {
      const differing = await this.query(
        `SELECT 1 FROM orchestrator.agent AS told LEFT JOIN voice.agent AS known ON known.id = told.id
         WHERE known.version IS DISTINCT FROM told.version`,
      );
      return differing.length === 0;
    };
    await waitUntil('voice-bridge to know the agents', known);
  }

  /** Returns our number, which people text. */
  get line(): string {
    return twilio.phoneNumber;
  }

  get twilioAccountSid(): string {
    return twilio.accountSid;
  }

  /** Returns the folder with the files of JetStream and Postgres. */
  get dataFolder(): string {
    return this.folder;
  }

  /** Returns a process, which a test may kill, freeze, stop or start again. */
  process(service: string, index = 0): ServiceProcess {
    return this.parley.process(service, index);
  }

  processes(): readonly ServiceProcess[] {
    return this.parley.processes();
  }

  get postgres() {
    if (!this.parley.postgres)
      throw new Error('This Parley runs on a database that the test gave it; it has no Postgres of its own');
    return this.parley.postgres;
  }

  get nats() {
    if (!this.parley.nats)
      throw new Error(
        'This Parley runs on a NATS server that the test gave it; it has no nats-server of its own',
      );
    return this.parley.nats;
  }

  /** Sends a request to the REST API with the admin key. */
  async api<T>(path: string, init: RequestInit = {}): Promise<{ status: number; body: T; headers: Headers }> {
    const headers = { authorization: `Bearer ${this.apiKey}`, ...(init.headers as Record<string, string>) };
    const response = await fetch(`${this.process('sms-gateway').url}${path}`, { ...init, headers });
    return { status: response.status, body: (await response.json()) as T, headers: response.headers };
  }

  /** Posts a webhook as Twilio would, signed with the account's token over the public URL. */
  async webhook(
    params: Record<string, string>,
    { path = '/webhook/sms', service = 'sms-gateway', replica = 0 } = {},
  ): Promise<Response> {
    const publicUrl = `${this.process(service).url}${path}`;
    const target = `${this.process(service, replica).url}${path}`;
    return fetch(target, {
      method: 'POST',
      headers: { 'x-twilio-signature': twilioSignature(publicUrl, params, twilio.authToken) },
      body: new URLSearchParams(params),
    });
  }

  /** Returns Twilio's signature of a request without a body, such as the upgrade of a media socket. */
  signatureOf(url: string): string {
    return twilioSignature(url, {}, twilio.authToken);
  }

  /** Returns the parameters of an inbound text as Twilio posts them. */
  inboundParams(text: { from: string; body: string; messageSid?: string }): Record<string, string> {
    const messageSid = text.messageSid ?? `SM${randomBytes(16).toString('hex')}`;
    return {
      MessageSid: messageSid,
      SmsSid: messageSid,
      SmsMessageSid: messageSid,
      AccountSid: twilio.accountSid,
      From: text.from,
      To: twilio.phoneNumber,
      Body: text.body,
      NumMedia: '0',
      NumSegments: '1',
      SmsStatus: 'received',
      ApiVersion: '2010-04-01',
    };
  }

  /** Returns a call as our REST API shows it. */
  async callView(call: SimulatedCall): Promise<CallView> {
    const sql = 'SELECT id FROM voice.call WHERE call_sid = $1';
    const [row] = await this.query<{ id: string }>(sql, [call.callSid]);
    if (!row) throw new Error(`voice-bridge has no call ${call.callSid}`);
    return (await this.api<CallView>(`/v1/calls/${row.id}`)).body;
  }

  /** Returns a call as our REST API shows it, once the call is over. */
  async callViewWhenOver(call: SimulatedCall): Promise<CallView> {
    return waitUntil('the call to be over', async () => {
      const view = await this.callView(call);
      return ['ended', 'failed'].includes(view.status) && view;
    });
  }

  /** Returns a call's turns from our REST API, once there are `count` of them. */
  async transcriptOf(call: SimulatedCall, count: number): Promise<TurnRecord[]> {
    const { id } = await this.callView(call);
    return waitUntil(`${count} turns in the transcript`, async () => {
      const { body } = await this.api<{ data: TurnRecord[] }>(`/v1/calls/${id}/transcript`);
      return body.data.length >= count && body.data;
    });
  }

  /** Returns the conversation with a message that ends with this text. */
  async conversationOf(text: string): Promise<string | undefined> {
    const [found] = await this.query<{ id: string }>(
      `SELECT conversation_id AS id FROM orchestrator.message WHERE right(text, length($1)) = $1 LIMIT 1`,
      [text],
    );
    return found?.id;
  }

  /** Returns a conversation's messages from our REST API. */
  async messagesIn(conversationId: string): Promise<MessageView[]> {
    const path = `/v1/conversations/${conversationId}/messages?limit=200`;
    return (await this.api<{ data: MessageView[] }>(path)).body.data;
  }

  /**
   * Returns all texts that each of these people received, once everything has settled; waits for at least one text
   * each.
   */
  async finalReplies(people: readonly string[]): Promise<string[][]> {
    for (const person of people) await this.simulator.repliesTo(person, 1);
    await this.settled();
    return Promise.all(
      people.map(async (to) => {
        const messages = await this.simulator.messages({ to, direction: 'outbound', waitMs: 0 });
        return messages.map(({ body }) => body);
      }),
    );
  }

  /** Returns the public events of a message in order: `queued`, `sent` and so on. */
  async messageEventsOf(messageId: string): Promise<string[]> {
    const events = await this.query<{ fact: string }>(
      `SELECT split_part(subject, '.', 3) AS fact FROM orchestrator.outbox
       WHERE subject LIKE 'evt.message.%' AND published_at IS NOT NULL
         AND convert_from(payload, 'UTF8')::jsonb->>'messageId' = $1 ORDER BY id`,
      [messageId],
    );
    return events.map(({ fact }) => fact);
  }

  /** Waits until no work is unfinished: nothing to publish, handle, send or follow up, and no turn due. */
  async settled({ timeoutMs = SETTLE_MS } = {}): Promise<void> {
    const sources = {
      query: <Row extends object>(sql: string, params?: unknown[]) => this.query<Row>(sql, params),
      natsUrl: this.nats.url,
      simulator: this.simulator,
      schemas: [
        'gateway',
        'orchestrator',
        'verification',
        ...(this.parley.processes(VOICE_BRIDGE).length > 0 ? ['voice'] : []),
      ],
    };
    const open = await waitUntilNoOpenWork(sources, timeoutMs);
    if (open.length > 0) throw new Error(`Work is unfinished after ${timeoutMs} ms:\n${open.join('\n')}`);
  }

  /** Locks the rows that `sql` selects until the lock is released. */
  async lock(sql: string, params: unknown[] = []): Promise<HeldLock> {
    return HeldLock.take(this.parley.database.adminUrl, sql, params);
  }

  /** Queries the database as its administrator. Postgres' statistics of the services do not count these queries. */
  async query<Row extends object>(sql: string, params: unknown[] = []): Promise<Row[]> {
    const client = new Client({
      connectionString: this.parley.database.adminUrl,
      options: '-c track_counts=off',
    });
    await client.connect();
    try {
      return (await client.query<Row>(sql, params)).rows;
    } finally {
      await client.end();
    }
  }
}

/** Returns a random phone number that no other test uses. */
export function someNumber(): string {
  return `+1555${String(randomInt(1_000_000, 10_000_000))}`;
}
