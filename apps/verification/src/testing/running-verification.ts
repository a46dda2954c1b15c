import { SendCode, services, VerificationChanged } from '@parley/contracts';
import type { E164, VerificationId } from '@parley/kernel';
import { waitUntil } from '@parley/local-stack';
import { connectMessaging, DurableHandlers, MessageCodec } from '@parley/messaging';
import { Database, migrate, Transactions } from '@parley/persistence';
import { createLogger, createServiceApp, newId, parseEnv, ServiceState } from '@parley/service-kit';
import { postgresForTests } from '@parley/testing';
import { defaultVerificationPolicy, type VerificationPolicy } from '@parley/verification-policy';
import { migrations } from '../migrations/index.js';
import { VerificationEnv } from '../verification.env.js';
import { SERVICE, VerificationModule } from '../verification.module.js';
import { CheckCode } from '../verifications/check-code.js';
import { ExpireVerifications } from '../verifications/expire-verifications.js';
import { ResendCode } from '../verifications/resend-code.js';
import { StartVerification, type StartRequest } from '../verifications/start-verification.js';
import type { Subject } from '../verifications/verification.js';
import { VerificationViews } from '../verifications/verification-views.js';
import { afterAll, beforeAll } from 'vitest';

type App = Awaited<ReturnType<typeof createServiceApp>>;

export const OLD_KEY = `old:${Buffer.alloc(32, 1).toString('base64')}`;
export const NEW_KEY = `new:${Buffer.alloc(32, 2).toString('base64')}`;

/** Above every count of a test. */
const PLENTY = { perHour: 1_000_000, perDay: 1_000_000 };
/** The real policy with limits that only the tests of limits reach. */
export const generousPolicy: VerificationPolicy = {
  ...defaultVerificationPolicy,
  limits: { number: PLENTY, subject: PLENTY, client: PLENTY, prefix: PLENTY, country: PLENTY, spend: PLENTY },
};

/** The service of the spec file that runs. */
export let testbed: VerificationTestbed;
export let verification: RunningVerification;

/** Gives a spec file a running verification service. */
export function withVerification(): void {
  beforeAll(async () => {
    testbed = await VerificationTestbed.start();
    verification = await testbed.run();
  });
  afterAll(() => testbed.stop());
}

let subjects = 0;
/** A web user that no other test uses. */
export const someSubject = () => web(`user-${++subjects}`);

let people = 0;
/** A number that no other test uses. */
export const somebody = () => `+1555${String(1_000_000 + ++people * 10_000)}` as E164;

/** A database for verification, in which services with different policies and keys may run. */
export class VerificationTestbed {
  readonly #apps: App[] = [];

  private constructor(
    readonly adminUrl: string,
    private readonly databaseUrl: string,
  ) {}

  static async start(): Promise<VerificationTestbed> {
    const postgres = await postgresForTests();
    const adminUrl = await postgres.createDatabase('verification');
    const role = { username: 'verification', password: 'test' };
    const databaseUrl = Object.assign(new URL(adminUrl), role).href;
    await migrate({ service: SERVICE, schema: services[SERVICE].schema, migrations, adminUrl, databaseUrl });
    return new VerificationTestbed(adminUrl, databaseUrl);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.close()));
  }

  /** Starts a process of the service, without NATS: what it would publish stays in the outbox. */
  async run(
    policy: VerificationPolicy = generousPolicy,
    env: Readonly<Record<string, string>> = {},
  ): Promise<RunningVerification> {
    const parsed = parseEnv(SERVICE, VerificationEnv, {
      DATABASE_URL: this.databaseUrl,
      NATS_URL: 'nats://127.0.0.1:1',
      PARLEY_DATA_KEYS: OLD_KEY,
      LOG_LEVEL: 'silent',
      ...env,
    });
    const module = VerificationModule.for(parsed, policy);
    const app = await createServiceApp(
      { module, configure: connectMessaging },
      createLogger(SERVICE, parsed),
      new ServiceState(),
    );
    this.#apps.push(app);
    await app.init();
    await app.startAllMicroservices();
    await waitUntil('the database', () => app.get(Database).ready, { timeoutMs: 30_000 });
    const running = new RunningVerification(app);
    await running.get(ExpireVerifications).beforeApplicationShutdown();
    return running;
  }
}

/** One process of the service. */
export class RunningVerification {
  constructor(private readonly app: App) {}

  get<T>(token: abstract new (...args: never[]) => T): T {
    return this.app.get(token as never, { strict: false });
  }

  async rows<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return this.get(Database).rows<Row>(sql, values);
  }

  inTransaction: Transactions['run'] = (work) => this.get(Transactions).run(work);

  async start(number: E164, more: Partial<StartRequest> = {}) {
    return this.get(StartVerification).execute({
      requestId: newId('req'),
      number,
      subject: web('ada'),
      purpose: 'link-phone',
      conversationId: undefined,
      client: undefined,
      ...more,
    });
  }

  /** Starts a verification; returns its id and its code. */
  async started(number = somebody(), more: Partial<StartRequest> = {}) {
    const { verificationId } = await this.start(number, more);
    if (!verificationId) throw new Error('the verification was not started');
    return { id: verificationId, code: await this.code(verificationId), number };
  }

  async check(id: VerificationId, code: string, more: Partial<Parameters<CheckCode['execute']>[0]> = {}) {
    const request = {
      requestId: newId('req'),
      id,
      subject: web('ada'),
      purpose: 'link-phone',
      code,
      ...more,
    };
    return (await this.get(CheckCode).execute(request)).outcome;
  }

  async resend(id: VerificationId, more: Partial<Parameters<ResendCode['execute']>[0]> = {}) {
    const request = {
      requestId: newId('req'),
      id,
      subject: web('ada'),
      channel: 'sms',
      client: undefined,
    } as const;
    return this.get(ResendCode).execute({ ...request, ...more });
  }

  async view(id: VerificationId) {
    return (await this.get(VerificationViews).find(id))!;
  }

  /** The codes of a verification that were handed to the gateway, oldest first. */
  async sentCodes(id: VerificationId): Promise<SendCode[]> {
    const found = await this.#messages(`cmd.verification.send-code.v1.${id}`);
    return found.map((row) => this.get(MessageCodec).decode(SendCode, row).data);
  }

  /** The newest code of a verification. */
  async code(id: VerificationId): Promise<string> {
    const [, code] = /\b(\d{6})\b/.exec((await this.sentCodes(id)).at(-1)!.text)!;
    return code!;
  }

  async changes(id: string): Promise<VerificationChanged[]> {
    const found = await this.#messages(`int.verification.changed.v1.${id}`);
    return found.map((row) => this.get(MessageCodec).decode(VerificationChanged, row).data);
  }

  /** All `blocked` changes of a number. */
  async blocks(number: E164): Promise<VerificationChanged[]> {
    const found = await this.#messages('int.verification.changed.v1.%');
    return found
      .map((row) => this.get(MessageCodec).decode(VerificationChanged, row).data)
      .filter((change) => change.number === number && change.change === 'blocked');
  }

  /** Handles a message as the stream would deliver it. */
  async handle(...message: Parameters<DurableHandlers['handle']>): Promise<void> {
    await this.get(DurableHandlers).handle(...message);
  }

  /** Lets time pass for a number: everything that is stored of it happened earlier. */
  async pass(id: VerificationId, ms: number): Promise<void> {
    const ago = `$2 * interval '1 millisecond'`;
    await this.rows(
      `WITH aged AS (
         UPDATE verification SET created_at = created_at - ${ago}, code_expires_at = code_expires_at - ${ago},
           earlier_code_expires_at = earlier_code_expires_at - ${ago}
         WHERE id = $1 RETURNING subject_id
       )
       UPDATE resend_ladder SET first_sms_at = first_sms_at - ${ago}, last_sent_at = last_sent_at - ${ago}
       WHERE subject_id IN (SELECT subject_id FROM aged)`,
      [id, ms],
    );
  }

  async #messages(subject: string) {
    return this.rows<{ subject: string; headers: Record<string, string>; payload: Buffer }>(
      'SELECT subject, headers, payload FROM outbox WHERE subject LIKE $1 ORDER BY id',
      [subject],
    );
  }
}

export function web(id: string): Subject {
  return { kind: 'web-user', id };
}

/** A code that differs from this one. */
export function wrong(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0');
}
