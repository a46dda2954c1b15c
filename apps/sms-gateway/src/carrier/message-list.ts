import type { E164 } from '@parley/kernel';

/** How far the vendor's clock may be from ours. The vendor's times have no fractions of a second. */
export const CARRIER_CLOCK_SKEW_MS = 60_000;

/** A text as the vendor's own list shows it. */
export interface ListedMessage {
  readonly providerSid: string;
  /** `other`: neither received nor sent by us, such as the vendor's own answer to STOP. */
  readonly direction: 'inbound' | 'outbound' | 'other';
  readonly from: string;
  readonly to: string;
  /** Empty also where the account lets the vendor redact texts. */
  readonly text: string;
  readonly mediaCount: number;
  /** The vendor's name of the status. */
  readonly status: string;
  readonly errorCode: string | undefined;
  /** To the second. */
  readonly createdAt: Date;
}

export interface Listing {
  /** The newest first; a few may be older than requested. */
  readonly messages: readonly ListedMessage[];
  /** Whether the list is complete: very long lists are cut. */
  readonly isComplete: boolean;
}

/**
 * The vendor's list of texts to one number.
 * @throws RetryableError while the vendor is unavailable or busy
 */
export abstract class MessageList {
  /** Texts to `number` since a moment. With `sentOnly` the vendor leaves out texts that are older or not sent yet. */
  abstract to(number: E164, since: Date, options?: { readonly sentOnly?: boolean }): Promise<Listing>;
  /** One text as it is now; undefined where the vendor has deleted it. */
  abstract find(providerSid: string): Promise<ListedMessage | undefined>;
  /** The photos and files of a text. */
  abstract mediaOf(providerSid: string): Promise<{ url: string; contentType: string }[]>;
}
