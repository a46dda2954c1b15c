import type { E164 } from '@parley/kernel';

/** How far the vendor's clock may differ from ours. The vendor's times are whole seconds. */
export const CARRIER_CLOCK_SKEW_MS = 60_000;

/** A text as the vendor's own list shows it. */
export interface ListedMessage {
  readonly providerSid: string;
  /** `other`: we neither received nor sent the text, such as the vendor's own answer to STOP. */
  readonly direction: 'inbound' | 'outbound' | 'other';
  readonly from: string;
  readonly to: string;
  /** Also empty if the account lets the vendor redact texts. */
  readonly text: string;
  readonly mediaCount: number;
  /** In the vendor's words, such as `delivered`. */
  readonly status: string;
  readonly errorCode: string | undefined;
  /** Whole seconds. */
  readonly createdAt: Date;
}

export interface Listing {
  /** The newest first; a few may be older than requested. */
  readonly messages: readonly ListedMessage[];
  /** False for a very long list, which is cut. */
  readonly isComplete: boolean;
}

/**
 * The vendor's list of texts to one number.
 * @throws RetryableError while the vendor is unavailable or busy
 */
export abstract class MessageList {
  /** Texts to `number` since `since`. With `sentOnly` the vendor leaves out texts that are older or not sent yet. */
  abstract listTo(number: E164, since: Date, options?: { readonly sentOnly?: boolean }): Promise<Listing>;
  /** The current state of one text; undefined if the vendor has deleted it. */
  abstract find(providerSid: string): Promise<ListedMessage | undefined>;
  /** The photos and files of a text. */
  abstract mediaOf(providerSid: string): Promise<{ url: string; contentType: string }[]>;
}
