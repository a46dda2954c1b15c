import { z } from 'zod';
import { defineEvent, type DataOf } from '../define.js';
import { Channel, ContactId, openEnum, Timestamp } from '../fields.js';

const Consent = z.object({
  contactId: ContactId,
  channel: Channel,
  via: openEnum(['keyword', 'carrier']),
  occurredAt: Timestamp,
});
const consentExample = {
  contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn',
  channel: 'sms',
  via: 'keyword',
  occurredAt: '2026-01-02T03:04:05.678Z',
} as const;

/** The contact opted out of texts. */
export const ContactOptedOut = defineEvent('contact.opted-out', 1, Consent, {
  summary: 'A contact opted out of texts.',
  key: 'contactId',
  example: consentExample,
});
export type ContactOptedOut = DataOf<typeof ContactOptedOut>;

/** The contact opted in to texts again. */
export const ContactOptedIn = defineEvent('contact.opted-in', 1, Consent, {
  summary: 'A contact opted in to texts again.',
  key: 'contactId',
  example: consentExample,
});
export type ContactOptedIn = DataOf<typeof ContactOptedIn>;
