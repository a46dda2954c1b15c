import { z } from 'zod';
import { defineEvent, type DataOf } from '../define.js';
import { Channel, ContactId, IdentityId, openEnum, Timestamp, VerificationId } from '../fields.js';

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

/** The kind of address by which a contact is known. */
export const IdentityKind = openEnum(['phone', 'web-user']);
export type IdentityKind = z.output<typeof IdentityKind>;

/** Two contacts turned out to be one person. */
export const ContactMerged = defineEvent(
  'contact.merged',
  1,
  z.object({
    contactId: ContactId,
    /** The contact that no longer exists on its own. */
    mergedContactId: ContactId,
    mergedAt: Timestamp,
  }),
  {
    summary: 'Two contacts turned out to be one person.',
    key: 'contactId',
    example: {
      contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn',
      mergedContactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dp',
      mergedAt: '2026-01-02T03:04:05.700Z',
    },
  },
);
export type ContactMerged = DataOf<typeof ContactMerged>;

/** An identity was proven to belong to a contact. */
export const IdentityLinked = defineEvent(
  'contact.identity-linked',
  1,
  z.object({
    contactId: ContactId,
    identityId: IdentityId,
    kind: IdentityKind,
    /** `operator`: by REST, without a proof. */
    via: openEnum(['verification', 'operator']),
    verificationId: VerificationId.optional(),
    /** The contact that had the identity before, if it was another one. */
    formerContactId: ContactId.optional(),
    linkedAt: Timestamp,
  }),
  {
    summary: 'An identity, such as a phone, was proven to belong to a contact.',
    key: 'contactId',
    example: {
      contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn',
      identityId: 'idn_01k9wm3v7hq2b8yjr5xet6c4dn',
      kind: 'phone',
      via: 'verification',
      verificationId: 'ver_01k9wm3v7hq2b8yjr5xet6c4dn',
      formerContactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dp',
      linkedAt: '2026-01-02T03:04:35.678Z',
    },
  },
);
export type IdentityLinked = DataOf<typeof IdentityLinked>;

/** The link of an identity to a contact ended. */
export const IdentityUnlinked = defineEvent(
  'contact.identity-unlinked',
  1,
  z.object({
    contactId: ContactId,
    identityId: IdentityId,
    kind: IdentityKind,
    /** `moved`: another contact proved to own it. `idle`: nobody used it for 90 days. */
    via: openEnum(['person', 'operator', 'moved', 'idle']),
    /** The contact that has the identity now, if it is another one. */
    newContactId: ContactId.optional(),
    unlinkedAt: Timestamp,
  }),
  {
    summary: 'The link of an identity to a contact ended.',
    key: 'contactId',
    example: {
      contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn',
      identityId: 'idn_01k9wm3v7hq2b8yjr5xet6c4dn',
      kind: 'phone',
      via: 'person',
      newContactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dp',
      unlinkedAt: '2026-01-05T03:04:35.678Z',
    },
  },
);
export type IdentityUnlinked = DataOf<typeof IdentityUnlinked>;
