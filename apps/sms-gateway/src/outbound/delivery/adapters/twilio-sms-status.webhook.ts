import { Body, Controller, HttpCode, Logger, Post, Query, UseGuards } from '@nestjs/common';
import { SendId } from '@parley/contracts';
import type { SendId as Id } from '@parley/kernel';
import { retryWithin } from '@parley/resilience';
import { parseDeliveryStatus } from '@parley/sms-policy';
import { TwilioSignatureGuard } from '@parley/twilio';
import { z } from 'zod';
import { RecordStatusReport } from '../record-status-report.js';

/** The longest time until our answer: after 3 s Twilio closes the request and may post the report again. */
const ANSWER_WITHIN_MS = 2_500;

export const SMS_STATUS_PATH = '/webhooks/twilio/sms-status';

const TwilioSmsStatus = z.object({
  MessageSid: z.string().regex(/^(?:SM|MM)[0-9a-f]{32}$/, 'must be SM or MM and 32 hexadecimal digits'),
  MessageStatus: z.string(),
  ErrorCode: z.string().optional(),
});
type TwilioSmsStatus = z.output<typeof TwilioSmsStatus>;

const StatusQuery = z.object({ send: SendId.optional() });
type StatusQuery = { send?: Id };

/** Receives status reports at the callback URL of each send. */
@Controller()
@UseGuards(TwilioSignatureGuard)
export class TwilioSmsStatusWebhook {
  readonly #logger = new Logger(TwilioSmsStatusWebhook.name);

  constructor(private readonly recordStatusReport: RecordStatusReport) {}

  @Post(SMS_STATUS_PATH)
  @HttpCode(204)
  async report(
    @Body({ schema: TwilioSmsStatus }) report: TwilioSmsStatus,
    @Query({ schema: StatusQuery }) { send: id }: StatusQuery,
  ): Promise<void> {
    const status = parseDeliveryStatus(report.MessageStatus);
    if (status === undefined) {
      this.#logger.warn(
        { status: report.MessageStatus },
        'A status report was ignored: Parley does not know its status',
      );
      return;
    }
    const { MessageSid: providerSid, ErrorCode } = report;
    const errorCode = ErrorCode === '' || ErrorCode === '0' ? undefined : ErrorCode;
    await retryWithin(ANSWER_WITHIN_MS, () =>
      this.recordStatusReport.execute({ id, providerSid, status, errorCode }),
    );
  }
}
