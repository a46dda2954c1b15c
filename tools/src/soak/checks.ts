import type { CallKind } from './call-plan.js';
import type { CallResult } from './caller.js';
import type { CallRecord, VendorSocket } from './collect-evidence.js';
import { findGrowth } from './growth.js';
import type { Vitals } from './vitals.js';

/** The vitals of a process before and after the calls. */
export interface VitalsComparison {
  readonly service: string;
  readonly base: Vitals;
  readonly end: Vitals;
}

/** Everything collected after the calls. */
export interface SoakEvidence {
  readonly played: readonly CallResult[];
  readonly records: readonly CallRecord[];
  readonly vendorSockets: readonly VendorSocket[];
  readonly comparisons: readonly VitalsComparison[];
  /** Descriptions of unfinished or abandoned work, and of processes that exited. */
  readonly leftovers: readonly string[];
}

/** Each utterance has one speech context, and the previous one must be closed before. */
const OPEN_CONTEXTS = 1;
/** Close codes of a vendor socket that voice-bridge asked to close. */
const ENDED_BY_US = new Set([1000, 1005]);

/** Applies all rules; returns one line per finding. */
export function soakFindings(evidence: SoakEvidence): string[] {
  return [
    ...evidence.comparisons.flatMap((comparison) => leaks(comparison, evidence.played.length)),
    ...unclosedVendorSockets(evidence.vendorSockets),
    ...stuckCalls(evidence.played),
    ...kindsNeverCompleted(evidence.played),
    ...callsWithoutEnd(evidence.records),
    ...missingCalls(evidence),
    ...missingTurns(evidence),
    ...evidence.leftovers,
  ];
}

function leaks({ service, base, end }: VitalsComparison, calls: number): string[] {
  return findGrowth(base, end, calls).map(
    (grown) => `leak in ${service}: ${grown.what} went from ${grown.base} to ${grown.end}`,
  );
}

function unclosedVendorSockets(sockets: readonly VendorSocket[]): string[] {
  const problems = sockets.flatMap((socket) => {
    const problem = problemOf(socket);
    return problem === undefined ? [] : [`leak at ${socket.vendor}: ${problem}`];
  });
  return [...new Set(problems)].map((problem) => {
    const count = problems.filter((one) => one === problem).length;
    return `${problem} (${count} of ${sockets.length} sockets)`;
  });
}

function problemOf({ closed, mostOpen = 0 }: VendorSocket): string | undefined {
  if (mostOpen > OPEN_CONTEXTS) return `${mostOpen} contexts were open at a time`;
  if (closed === null) return 'still open';
  const isClosedByVendor = closed.by === 'vendor' && !ENDED_BY_US.has(closed.code);
  return isClosedByVendor ? `closed by the vendor with ${closed.code} ${closed.reason}` : undefined;
}

function stuckCalls(played: readonly CallResult[]): string[] {
  return played
    .filter(({ end }) => end === 'stuck')
    .map(({ callSid, kind, detail }) => `stuck: ${callSid}, whose caller ${kind}: ${detail}`);
}

/** Finds kinds of calls that never completed their plan, so that the soak did not test them. */
function kindsNeverCompleted(played: readonly CallResult[]): string[] {
  const kinds = new Set<CallKind>(played.map(({ kind }) => kind));
  return [...kinds].flatMap((kind) => {
    const calls = played.filter((call) => call.kind === kind);
    const short = calls.find(({ end }) => end !== 'as planned');
    if (!short || calls.some(({ end }) => end === 'as planned')) return [];
    return [`no call whose caller ${kind} completed its plan: ${short.detail}`];
  });
}

function callsWithoutEnd(records: readonly CallRecord[]): string[] {
  return records
    .filter(({ status, endReason }) => !['ended', 'failed'].includes(status) || endReason === null)
    .map(
      ({ id, status, endReason }) =>
        `unfinished: ${id} is ${status} and ${endReason === null ? 'has no end reason' : `ended by ${endReason}`}`,
    );
}

/**
 * Finds calls that voice-bridge does not have. A call whose caller hangs up at once may end before voice-bridge
 * receives it.
 */
function missingCalls({ played, records }: SoakEvidence): string[] {
  const known = new Set(records.map(({ callSid }) => callSid));
  return played
    .filter(({ callSid, kind }) => !known.has(callSid) && !kind.startsWith('hangs up while it rings'))
    .map(({ callSid, kind }) => `lost: ${callSid}, whose caller ${kind}, is not in voice-bridge`);
}

function missingTurns({ played, records }: SoakEvidence): string[] {
  const said = new Map(records.map((record) => [record.callSid, record.said]));
  return played.flatMap(({ callSid, answered }) =>
    answered
      .filter((text) => said.get(callSid)?.filter((one) => one === text).length !== 1)
      .map((text) => `lost: "${text}" was answered in ${callSid} but is not in its transcript once`),
  );
}
