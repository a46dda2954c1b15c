import type { SimulatedVendorSocket } from '@parley/local-stack';
import { SPEECH_VENDOR_NAMES, type SpeechVendor } from '@parley/simulator';
import {
  givenUpMessages,
  type RunQuery,
  SERVICE_SCHEMAS,
  unconfirmedMessages,
  waitUntilNoOpenWork,
} from '@parley/testing';
import type { CallResult } from './caller.js';
import type { SoakStack } from './stack.js';

/** A call in voice-bridge's database, with the caller's sentences from its REST transcript. */
export interface CallRecord {
  readonly id: string;
  readonly callSid: string;
  readonly status: string;
  readonly endReason: string | null;
  readonly said: readonly string[];
}

/** A socket from voice-bridge to a vendor. */
export interface VendorSocket extends SimulatedVendorSocket {
  readonly vendor: SpeechVendor;
}

/** Waits until all work is finished. After the time-out it returns descriptions of the unfinished work. */
export async function waitUntilSoakSettled(stack: SoakStack, timeoutMs: number): Promise<string[]> {
  const query = queryOf(stack);
  const also = async () => [
    ...(await unconfirmedMessages(query, SERVICE_SCHEMAS)),
    ...(await openCalls(query)),
    ...(await openVendorSockets(stack)),
  ];
  const { simulator, nats } = stack.parley;
  return waitUntilNoOpenWork(
    { query, natsUrl: nats.url, simulator, schemas: SERVICE_SCHEMAS, also },
    timeoutMs,
  );
}

async function openCalls(query: RunQuery): Promise<string[]> {
  const calls = await query<{ id: string; status: string }>(
    'SELECT id, status FROM voice.call WHERE ended_at IS NULL',
  );
  return calls.map(({ id, status }) => `${id} has not ended: ${status}`);
}

async function openVendorSockets(stack: SoakStack): Promise<string[]> {
  const sockets = await vendorSockets(stack);
  return SPEECH_VENDOR_NAMES.flatMap((vendor) => {
    const open = sockets.filter((socket) => socket.vendor === vendor && socket.closed === null).length;
    return open > 0 ? [`${open} open sockets at ${vendor}`] : [];
  });
}

export async function vendorSockets({ parley }: SoakStack): Promise<VendorSocket[]> {
  const ofEach = SPEECH_VENDOR_NAMES.map(async (vendor) =>
    (await parley.simulator.vendorSockets(vendor)).map((socket) => ({ ...socket, vendor })),
  );
  return (await Promise.all(ofEach)).flat();
}

export async function deadLetters(stack: SoakStack): Promise<string[]> {
  return givenUpMessages(queryOf(stack), SERVICE_SCHEMAS);
}

/** Returns all calls. Transcripts are fetched only for calls in which the caller spoke. */
export async function callRecords(stack: SoakStack, played: readonly CallResult[]): Promise<CallRecord[]> {
  const spoke = new Set(played.filter(({ answered }) => answered.length > 0).map(({ callSid }) => callSid));
  const rows = await stack.parley.query<Omit<CallRecord, 'said'>>(
    'SELECT id, call_sid AS "callSid", status, end_reason AS "endReason" FROM voice.call ORDER BY id',
  );
  const records: CallRecord[] = [];
  for (const row of rows)
    records.push({ ...row, said: spoke.has(row.callSid) ? await transcript(stack, row.id) : [] });
  return records;
}

async function transcript(stack: SoakStack, callId: string): Promise<string[]> {
  const { status, body } = await stack.parley.api<{ data?: { said: string }[] }>(
    `/v1/calls/${callId}/transcript`,
  );
  if (!body.data) throw new Error(`the transcript of ${callId} could not be fetched: status ${status}`);
  return body.data.map(({ said }) => said);
}

function queryOf({ parley }: SoakStack): RunQuery {
  return (sql, params) => parley.query(sql, params);
}
