import { assertNever } from '@parley/kernel';

/**
 * The order of Twilio's statuses. Callbacks come in any order and carriers contradict themselves, so only a higher rank
 * counts. Only proof of delivery outranks a failure, and no failure outranks that proof. `unconfirmed` is our own
 * status for an unknown outcome.
 */
const RANK = {
  unconfirmed: 1,
  accepted: 2,
  scheduled: 2,
  queued: 3,
  sending: 4,
  sent: 5,
  partially_delivered: 6,
  failed: 7,
  undelivered: 7,
  canceled: 7,
  delivered: 8,
  read: 9,
} as const;

export type DeliveryStatus = keyof typeof RANK;

/** Statuses that no later report changes, except proof of delivery. */
export const FINAL_STATUSES: readonly DeliveryStatus[] = [
  'delivered',
  'read',
  'failed',
  'undelivered',
  'canceled',
];

/** The reported status of a text; empty before the first report. */
export interface Delivery {
  readonly status: DeliveryStatus | undefined;
  readonly errorCode: string | undefined;
}

/** The statuses that REST and events show. */
export type PublicDeliveryStatus = 'unconfirmed' | 'sent' | 'delivered' | 'read' | 'undelivered' | 'failed';

/** Reads Twilio's status of an outbound text; undefined for an unknown status. */
export function parseDeliveryStatus(text: string): DeliveryStatus | undefined {
  return isTwilioStatus(text) ? text : undefined;
}

function isTwilioStatus(text: string): text is DeliveryStatus {
  return text !== 'unconfirmed' && Object.hasOwn(RANK, text);
}

/**
 * Applies a report. The status never falls. A late error code is stored only if there is none. A delivered text has no error.
 */
export function advanceDelivery(current: Delivery, report: Delivery): Delivery {
  const status = rankOf(report.status) > rankOf(current.status) ? report.status : current.status;
  return { status, errorCode: isDelivered(status) ? undefined : (current.errorCode ?? report.errorCode) };
}

/**
 * Computes the delivery of a part from its attempts, the newest last. An earlier attempt counts only if the carrier has
 * it.
 */
export function deliveryOfAttempts(attempts: readonly Delivery[]): Delivery {
  const newest = attempts.at(-1) ?? { status: undefined, errorCode: undefined };
  const delivered = attempts.slice(0, -1).filter(({ status }) => isHandedOver(status) && !hasFailed(status));
  const candidates = hasFailed(newest.status) && delivered.length > 0 ? delivered : [newest, ...delivered];
  return candidates.reduce((best, each) => (rankOf(each.status) > rankOf(best.status) ? each : best));
}

/** The delivery status of a message. */
export interface MessageProgress {
  readonly status: PublicDeliveryStatus | undefined;
  readonly errorCode: string | undefined;
}

/** A new public status of a message. */
export type MessageStatusChange = MessageProgress & { readonly status: PublicDeliveryStatus };

/** A message has the lowest status of its parts; one failed part fails it. A part that was never sent counts as failed. */
export function progressOf(parts: readonly Delivery[]): MessageProgress {
  const failure = parts.find(({ status }) => hasFailed(status));
  if (failure) return { status: publicStatus(failure.status), errorCode: failure.errorCode };
  const [last] = parts.toSorted((one, other) => rankOf(one.status) - rankOf(other.status));
  return { status: publicStatus(last?.status), errorCode: undefined };
}

/** The order of the published statuses. */
const PUBLIC_RANK: Readonly<Record<PublicDeliveryStatus, number>> = {
  unconfirmed: 1,
  sent: 2,
  failed: 3,
  undelivered: 3,
  delivered: 4,
  read: 5,
};

/**
 * Returns what to publish after the parts of a message changed from `before` to `after`: a higher status, or an error
 * code that a failure did not have before.
 */
export function statusToPublish(
  before: readonly Delivery[],
  after: readonly Delivery[],
): MessageStatusChange | undefined {
  const from = progressOf(before);
  const { status, errorCode } = progressOf(after);
  if (status === undefined) return undefined;
  const isHigher = from.status === undefined || PUBLIC_RANK[status] > PUBLIC_RANK[from.status];
  const isExplained = from.status === status && from.errorCode === undefined && errorCode !== undefined;
  return isHigher || isExplained ? { status, errorCode } : undefined;
}

/** Whether the carrier has the part, so that the next part may be sent. */
export function isHandedOver(status: DeliveryStatus | undefined): boolean {
  return rankOf(status) >= RANK.sent;
}

/** Whether the person certainly received the text. */
function isDelivered(status: DeliveryStatus | undefined): boolean {
  return rankOf(status) >= RANK.delivered;
}

/** Whether the delivery failed. */
export function hasFailed(status: DeliveryStatus | undefined): boolean {
  return rankOf(status) === RANK.failed;
}

function publicStatus(status: DeliveryStatus | undefined): PublicDeliveryStatus | undefined {
  switch (status) {
    case undefined:
    case 'accepted':
    case 'scheduled':
    case 'queued':
    case 'sending':
      return undefined;
    case 'unconfirmed':
      return 'unconfirmed';
    case 'sent':
    case 'partially_delivered':
      return 'sent';
    case 'delivered':
      return 'delivered';
    case 'read':
      return 'read';
    case 'undelivered':
      return 'undelivered';
    case 'failed':
    case 'canceled':
      return 'failed';
    default:
      return assertNever(status);
  }
}

function rankOf(status: DeliveryStatus | undefined): number {
  return status === undefined ? 0 : RANK[status];
}
