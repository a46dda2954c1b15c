import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ScheduledJob, ScheduledJobs } from '@parley/persistence';
import { ReservationStore } from './reservation-store.js';

/** An idempotency key is valid for a week; no client repeats a request after that. */
const RESERVATION_LIFE_MS = 7 * 24 * 3_600_000;
const BATCH_ROWS = 1_000;

/** Deletes expired idempotency keys. */
@Injectable()
export class PurgeReservations implements ScheduledJob, OnModuleInit {
  readonly name = 'purge-reservations';
  readonly cron = '20 * * * *';

  constructor(
    private readonly reservations: ReservationStore,
    private readonly jobs: ScheduledJobs,
  ) {}

  onModuleInit(): void {
    this.jobs.add(this);
  }

  async run(stopping: AbortSignal): Promise<void> {
    const acceptedBefore = new Date(Date.now() - RESERVATION_LIFE_MS);
    let deleted = BATCH_ROWS;
    while (deleted === BATCH_ROWS && !stopping.aborted) {
      deleted = await this.reservations.purge(acceptedBefore, BATCH_ROWS);
    }
  }
}
