/** How far a message to the contact has come. */
export type OutboundStatus =
  'queued' | 'unconfirmed' | 'sent' | 'delivered' | 'read' | 'undelivered' | 'failed';

const RANK: Readonly<Record<OutboundStatus, number>> = {
  queued: 0,
  unconfirmed: 1,
  sent: 2,
  delivered: 3,
  read: 4,
  failed: 5,
  undelivered: 5,
};

/**
 * Whether a report takes a message further. Reports come late, twice and out of order, so a status only ever
 * rises; a failure is final, as at the carrier.
 */
export function raisesStatus(current: OutboundStatus, reported: OutboundStatus): boolean {
  return RANK[reported] > RANK[current];
}
