import { type Form, MAX_MEDIA } from '@parley/twilio';
import { z } from 'zod';
import type { InboundSms } from '../text/inbound-sms.js';

/** The parameters that we read. Twilio adds others without notice; they stay in the raw form. */
export const TwilioInboundSms = z.object({
  MessageSid: z.string().regex(/^(?:SM|MM)[0-9a-f]{32}$/, 'must be SM or MM and 32 hexadecimal digits'),
  From: z.string().max(300),
  To: z.string().max(300),
  Body: z.string().default(''),
  OptOutType: z.string().optional(),
  NumMedia: z.coerce.number().int().min(0).default(0),
});
export type TwilioInboundSms = z.output<typeof TwilioInboundSms>;

/** Translates Twilio's fields into ours. Skips a media parameter that is missing or not a web address. */
export function inboundSmsOf(sms: TwilioInboundSms, form: Form, receivedAt: Date): InboundSms {
  return {
    messageSid: sms.MessageSid,
    from: sms.From,
    to: sms.To,
    text: sms.Body,
    media: mediaOf(form, sms.NumMedia),
    params: form,
    optOutType: sms.OptOutType,
    receivedAt,
  };
}

function mediaOf(form: Form, count: number): InboundSms['media'] {
  return Array.from({ length: Math.min(count, MAX_MEDIA) }, (_, index) => index).flatMap((index) => {
    const url = URL.parse(form[`MediaUrl${index}`] ?? '');
    if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return [];
    const contentType = form[`MediaContentType${index}`] ?? 'application/octet-stream';
    return [{ url: url.href, contentType }];
  });
}
