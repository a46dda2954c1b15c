import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ScheduledJob, ScheduledJobs } from '@parley/persistence';
import { DAY_MS } from '@parley/verification-policy';
import { LimitStore } from '../limits/limit-store.js';
import { AnsweredRequests } from './answered-requests.js';
import { VerificationStore } from './verification-store.js';

const BATCH_ROWS = 500;
/** How long a verification that has ended can be read. */
const ENDED_MS = 7 * DAY_MS;
/** Longer than any caller repeats a request. */
const ANSWERED_MS = 2 * DAY_MS;
/** Longer than the longest window of a limit. */
const COUNTED_MS = 2 * DAY_MS;

/** Deletes ended verifications, answers and counters. */
@Injectable()
export class PurgeVerifications implements ScheduledJob, OnModuleInit {
  readonly name = 'purge-verifications';
  readonly cron = '7-57/10 * * * *';

  constructor(
    private readonly store: VerificationStore,
    private readonly requests: AnsweredRequests,
    private readonly limits: LimitStore,
    private readonly jobs: ScheduledJobs,
  ) {}

  onModuleInit(): void {
    this.jobs.add(this);
  }

  async run(stopping: AbortSignal): Promise<void> {
    const nowMs = Date.now();
    await purgeAll(() => this.store.purge(nowMs - ENDED_MS, BATCH_ROWS), stopping);
    await purgeAll(() => this.requests.purge(nowMs - ANSWERED_MS, BATCH_ROWS), stopping);
    await purgeAll(() => this.limits.purge(nowMs - COUNTED_MS, BATCH_ROWS), stopping);
  }
}

async function purgeAll(purge: () => Promise<number>, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted && (await purge()) >= BATCH_ROWS) {
    // Each batch is one statement.
  }
}
