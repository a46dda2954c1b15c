/** The delivery status of an outbound message. */
export type OutboundStatus =
  'queued' | 'unconfirmed' | 'sent' | 'delivered' | 'read' | 'undelivered' | 'failed';

const RANK: Readonly<Record<OutboundStatus, number>> = {
  queued: 0,
  unconfirmed: 1,
  sent: 2,
  failed: 3,
  undelivered: 3,
  delivered: 4,
  read: 5,
};

/**
 * Returns the statuses that a report of this status replaces. Reports arrive late, twice and out of order, so a status
 * only rises. Only proof of delivery replaces a failure.
 */
export function statusesBelow(reported: OutboundStatus): OutboundStatus[] {
  const all = Object.keys(RANK) as OutboundStatus[];
  return all.filter((status) => RANK[status] < RANK[reported]);
}
