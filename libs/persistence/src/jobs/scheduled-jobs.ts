import { Logger } from '@nestjs/common';
import type { ClientBase } from 'pg';
import { type Db, PgBoss } from 'pg-boss';

import { messageOf, sleep } from '@parley/resilience';
import type { Database } from '../database/database.js';
import { discard } from '../database/pg-connection.js';
import { isConnectionLoss, errorToThrow } from '../database/database-errors.js';
import type { PersistenceTimes } from '../persistence-times.js';
import { jobsOptions, jobsSchemaOf } from './jobs-schema.js';

const START_AGAIN_MS = 5_000;
const STOP_TIMEOUT_MS = 5_000;
/** After this time the process of a run counts as dead. */
const EXPIRES_SECONDS = 900;
const RETENTION_SECONDS = 86_400;

/** Work that is due by the calendar. */
export interface ScheduledJob {
  /** In kebab-case. Also the name of the job's queue in pg-boss. */
  readonly name: string;
  /** The schedule, in UTC. */
  readonly cron: string;
  /** Runs on one replica at a time. Must end soon after `stopping` aborts; the next run does the rest. */
  run(stopping: AbortSignal): Promise<void>;
}

/**
 * The scheduled work of a service, through pg-boss: work that is due less often than once a minute. The migration
 * step creates its tables; the service's role only uses them, over the service's own pool.
 */
export class ScheduledJobs {
  readonly #logger = new Logger(ScheduledJobs.name);
  readonly #jobs = new Map<string, ScheduledJob>();
  readonly #stopping = new AbortController();
  readonly #boss: PgBoss;
  #starting: Promise<void> | undefined;
  #reported = '';

  constructor(
    database: Database,
    private readonly times: PersistenceTimes,
  ) {
    this.#boss = new PgBoss({
      ...jobsOptions,
      db: overPool(database),
      schema: jobsSchemaOf(database.options.schema),
      migrate: false,
      flowIntervalSeconds: 3_600,
      bamIntervalSeconds: 3_600,
      // How late a scheduled job may begin. 45 s is the most that pg-boss allows.
      cronWorkerIntervalSeconds: 45,
    });
    this.#boss.on('error', (error) => this.#report(error));
    this.#boss.on('warning', ({ message }) => this.#logger.warn(`pg-boss warns: ${message}`));
  }

  /** Adds a job. Call it before `start`. */
  add(job: ScheduledJob): void {
    this.#jobs.set(job.name, job);
  }

  /** Starts in the background and retries for ever, because no other part of a service waits for its scheduled jobs. */
  start(): void {
    this.#starting ??= this.#start();
  }

  /** Signals the running jobs to stop and waits for them. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#starting;
    await this.#boss.stop({ timeout: STOP_TIMEOUT_MS });
  }

  async #start(): Promise<void> {
    const { signal } = this.#stopping;
    const waiting = new Set(this.#jobs.values());
    while (waiting.size > 0 && !signal.aborted) {
      try {
        await this.#boss.start();
        for (const job of waiting) {
          await this.#register(job);
          waiting.delete(job);
        }
      } catch (error) {
        this.#report(error);
        await sleep(START_AGAIN_MS, signal);
      }
    }
  }

  async #register(job: ScheduledJob): Promise<void> {
    const { name, cron } = job;
    await this.#boss.createQueue(name, {
      policy: 'exclusive',
      retryLimit: 0,
      expireInSeconds: EXPIRES_SECONDS,
      retentionSeconds: RETENTION_SECONDS,
      deleteAfterSeconds: RETENTION_SECONDS,
    });
    await this.#boss.schedule(name, cron, null, { tz: 'UTC' });
    const pollingIntervalSeconds = Math.max(0.5, this.times.jobPollMs / 1_000);
    await this.#boss.work(name, { pollingIntervalSeconds }, async () => {
      try {
        await job.run(this.#stopping.signal);
      } catch (error) {
        this.#logger.warn(`Scheduled job ${name} failed and runs again when it is due: ${messageOf(error)}`);
        throw error;
      }
    });
  }

  /** Logs an outage once. */
  #report(error: unknown): void {
    const message = messageOf(error);
    if (message !== this.#reported)
      this.#logger.warn(`Scheduled jobs do not run until this error is gone: ${message}`);
    this.#reported = message;
  }
}

/** Runs pg-boss's statements on connections of the service's pool. One text may contain several statements. */
function overPool(database: Database): Db {
  return {
    executeSql: async (text, values) => {
      const runner = await database.acquire();
      try {
        const client = (await runner.connect()) as ClientBase;
        return await client.query(text, values);
      } catch (error) {
        if (isConnectionLoss(error)) await discard(runner, error);
        throw errorToThrow(error);
      } finally {
        await runner.release();
      }
    },
  };
}
