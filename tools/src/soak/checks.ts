import type { CallKind } from './call-plan.js';
import type { PlayedCall } from './caller.js';
import type { CallRecord, VendorSocket } from './collect.js';
import { grownBetween } from './growth.js';
import type { Vitals } from './vitals.js';

/** What was looked at in a process, before and after. */
export interface Watch {
  readonly service: string;
  readonly base: Vitals;
  readonly end: Vitals;
}

/** All that is known once the calls are over. */
export interface SoakEvidence {
  readonly played: readonly PlayedCall[];
  readonly records: readonly CallRecord[];
  readonly vendorSockets: readonly VendorSocket[];
  readonly watches: readonly Watch[];
  /** What did not come to rest, was given up, or ended by itself. */
  readonly leftovers: readonly string[];
}

/** An utterance has a context; the one before it is closed by then. */
const OPEN_CONTEXTS = 1;
/** How a vendor's socket may end: by our word for it, whoever closes first, or before it stood. */
const ENDED_BY_US = new Set([1000, 1005]);

/** What was promised and not kept; one line each. */
export function findingsIn(evidence: SoakEvidence): string[] {
  return [
    ...evidence.watches.flatMap((watch) => leaks(watch, evidence.played.length)),
    ...vendorsLeftAlone(evidence.vendorSockets),
    ...stuckCalls(evidence.played),
    ...kindsNeverHeld(evidence.played),
    ...callsWithoutEnd(evidence.records),
    ...missingCalls(evidence),
    ...missingTurns(evidence),
    ...evidence.leftovers,
  ];
}

function leaks({ service, base, end }: Watch, calls: number): string[] {
  return grownBetween(base, end, calls).map(
    (grown) => `leak in ${service}: ${grown.what} went from ${grown.base} to ${grown.end}`,
  );
}

function vendorsLeftAlone(sockets: readonly VendorSocket[]): string[] {
  const complaints = sockets.flatMap((socket) => {
    const complaint = complaintOf(socket);
    return complaint === undefined ? [] : [`leak at ${socket.vendor}: ${complaint}`];
  });
  return [...new Set(complaints)].map((complaint) => {
    const count = complaints.filter((one) => one === complaint).length;
    return `${complaint} (${count} of ${sockets.length} sockets)`;
  });
}

function complaintOf({ closed, mostOpen = 0 }: VendorSocket): string | undefined {
  if (mostOpen > OPEN_CONTEXTS) return `${mostOpen} contexts open at a time`;
  if (closed === null) return 'still open';
  const isLeftToVendor = closed.by === 'vendor' && !ENDED_BY_US.has(closed.code);
  return isLeftToVendor ? `it had to close by itself, ${closed.code} ${closed.reason}` : undefined;
}

function stuckCalls(played: readonly PlayedCall[]): string[] {
  return played
    .filter(({ end }) => end === 'stuck')
    .map(({ callSid, kind, detail }) => `stuck: ${callSid}, whose caller ${kind}: ${detail}`);
}

/** A soak that never gets to what it is to try out shows nothing. */
function kindsNeverHeld(played: readonly PlayedCall[]): string[] {
  const kinds = new Set<CallKind>(played.map(({ kind }) => kind));
  return [...kinds].flatMap((kind) => {
    const calls = played.filter((call) => call.kind === kind);
    const short = calls.find(({ end }) => end !== 'as planned');
    if (!short || calls.some(({ end }) => end === 'as planned')) return [];
    return [`no call whose caller ${kind} went as planned: ${short.detail}`];
  });
}

function callsWithoutEnd(records: readonly CallRecord[]): string[] {
  return records
    .filter(({ status, endReason }) => !['ended', 'failed'].includes(status) || endReason === null)
    .map(({ id, status, endReason }) => `unfinished: ${id} is ${status}, ended by ${endReason ?? 'nothing'}`);
}

/** A caller who hangs up at once may be gone before we have heard of them. */
function missingCalls({ played, records }: SoakEvidence): string[] {
  const known = new Set(records.map(({ callSid }) => callSid));
  return played
    .filter(({ callSid, kind }) => !known.has(callSid) && !kind.startsWith('hangs up while it rings'))
    .map(({ callSid, kind }) => `lost: ${callSid}, whose caller ${kind}, is not in the voice-bridge`);
}

function missingTurns({ played, records }: SoakEvidence): string[] {
  const said = new Map(records.map((record) => [record.callSid, record.said]));
  return played.flatMap(({ callSid, answered }) =>
    answered
      .filter((text) => said.get(callSid)?.filter((one) => one === text).length !== 1)
      .map((text) => `lost: "${text}" was answered in ${callSid} and is not once in its transcript`),
  );
}
