import { Injectable } from '@nestjs/common';
import { Batcher } from '@parley/resilience';
import type { DeliveryEvent } from '@parley/sms-policy';
import { ApplyDelivery } from './apply-delivery.js';

/** Waits this long for more reports to batch: the vendor posts several reports for each text. */
const GATHER_MS = 20;
const MAX_REPORTS = 64;

/** The vendor's report on a text that it accepted. */
export type StatusReport = Omit<Extract<DeliveryEvent, { kind: 'reported' }>, 'kind'>;

/**
 * Records status reports; reports that arrive together share a transaction. A report may arrive before the vendor's answer to
 * the send itself, or after that answer was lost.
 */
@Injectable()
export class RecordStatusReport {
  readonly #batcher = new Batcher<StatusReport, void>({
    gatherMs: GATHER_MS,
    maxItems: MAX_REPORTS,
    work: (reports) => this.#record(reports),
  });

  constructor(private readonly applyDelivery: ApplyDelivery) {}

  execute(report: StatusReport): Promise<void> {
    return this.#batcher.add(report);
  }

  async #record(reports: readonly StatusReport[]): Promise<void[]> {
    await this.applyDelivery.execute(
      ...reports.map((report) => ({ event: { kind: 'reported', ...report } as const })),
    );
    return reports.map(() => undefined);
  }
}
