import { Body, Controller, HttpCode, Logger, Post, Query, UseGuards } from '@nestjs/common';
import { SendId } from '@parley/contracts';
import type { SendId as Id } from '@parley/kernel';
import { retryWithin } from '@parley/resilience';
import { parseDeliveryStatus } from '@parley/sms-policy';
import { TwilioSignatureGuard } from '@parley/twilio';
import { z } from 'zod';
import { RecordDelivery } from '../record-delivery.js';

/** Twilio leaves after 3 s and may post again. */
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

/** Delivery reports, at the URL that each send named for them. */
@Controller()
@UseGuards(TwilioSignatureGuard)
export class TwilioSmsStatusWebhook {
  readonly #logger = new Logger(TwilioSmsStatusWebhook.name);

  constructor(private readonly recordDelivery: RecordDelivery) {}

  @Post(SMS_STATUS_PATH)
  @HttpCode(204)
  async report(
    @Body({ schema: TwilioSmsStatus }) report: TwilioSmsStatus,
    @Query({ schema: StatusQuery }) { send: sendId }: StatusQuery,
  ): Promise<void> {
    const status = parseDeliveryStatus(report.MessageStatus);
    if (status === undefined) {
      this.#logger.warn(
        { status: report.MessageStatus },
        'a delivery report with a status that we do not know',
      );
      return;
    }
    const { MessageSid: providerSid, ErrorCode } = report;
    const errorCode = ErrorCode === '' || ErrorCode === '0' ? undefined : ErrorCode;
    await retryWithin(ANSWER_WITHIN_MS, () =>
      this.recordDelivery.execute({ sendId, providerSid, status, errorCode }),
    );
  }
}
