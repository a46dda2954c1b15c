import type { E164 } from '@parley/kernel';

/** How far the vendor's clock, which tells seconds, may be from ours. */
export const CARRIER_CLOCK_SKEW_MS = 60_000;

/** A text as the vendor's own list shows it. */
export interface ListedMessage {
  readonly providerSid: string;
  /** `other`: neither reached us nor was asked for by us, such as the vendor's own answer to STOP. */
  readonly direction: 'inbound' | 'outbound' | 'other';
  readonly from: string;
  readonly to: string;
  /** Empty also where the account has the vendor forget what was said. */
  readonly text: string;
  readonly mediaCount: number;
  /** The vendor's word. */
  readonly status: string;
  readonly errorCode: string | undefined;
  /** To the second. */
  readonly createdAt: Date;
}

export interface Listing {
  /** The newest first; a few may be older than was asked for. */
  readonly messages: readonly ListedMessage[];
  /** Whether everything that was asked for is among them: very long lists are cut. */
  readonly isComplete: boolean;
}

/** What the vendor knows of texts to one number. Throws RetryableError while it is away or busy. */
export abstract class MessageList {
  /** Texts to `number` since a moment. `sentOnly` leaves out on the vendor's side what is older or not sent yet. */
  abstract to(number: E164, since: Date, options?: { readonly sentOnly?: boolean }): Promise<Listing>;
  /** One text, as it is now; undefined where the vendor does not keep it any more. */
  abstract find(providerSid: string): Promise<ListedMessage | undefined>;
  /** The photos and files of a text. */
  abstract mediaOf(providerSid: string): Promise<{ url: string; contentType: string }[]>;
}
