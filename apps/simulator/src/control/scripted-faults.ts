import { z } from 'zod';
import { limits } from '../limits.js';
import { SPEECH_VENDOR_NAMES, type SpeechVendor } from '../speech-vendors.js';
import { outboundStatuses } from '../twilio/message.js';

const delayMs = z.int().min(0).max(limits.waitMs);
const times = z.int().min(1);

/** Fault of the next requests that create a message. With `accept-…` the message is sent and only the answer is wrong. */
const CreateFault = z
  .strictObject({
    kind: z.literal('twilio.create'),
    mode: z.enum(['429', '400', '500', 'delay', 'accept-then-500', 'accept-then-reset']),
    times: times.default(1),
    /** Twilio's error code in a 400 answer. */
    code: z.int().min(10_000).max(99_999).default(21612),
    /** Delays the answer, in any mode. With `delay` the message is accepted at once and only the answer is late. */
    delayMs: delayMs.default(0),
    /** Seconds, sent as `Retry-After` with a 429. */
    retryAfter: z.int().min(0).max(3_600).optional(),
    to: z.string().optional(),
  })
  .refine((fault) => fault.mode !== 'delay' || fault.delayMs > 0, {
    path: ['delayMs'],
    message: 'mode "delay" requires "delayMs"',
  });

/** Fault of the next requests that list messages. `empty` returns no messages; `redacted` returns empty bodies. */
const ListFault = z.strictObject({
  kind: z.literal('twilio.list'),
  mode: z.enum(['500', 'empty', 'redacted']),
  times: times.default(1),
  to: z.string().optional(),
});

/** Fault of the next requests that fetch one message. `to` is the message's recipient. */
const FetchFault = z.strictObject({
  kind: z.literal('twilio.fetch'),
  mode: z.literal('500'),
  times: times.default(1),
  to: z.string().optional(),
});

/**
 * Stores inbound messages, so that REST lists them, but posts no webhook. With `loop-protection` they are listed as failed
 * with 30039. Without `times` the fault holds until it is deleted.
 */
const WithheldWebhooks = z.strictObject({
  kind: z.literal('webhook.inbound'),
  mode: z.enum(['withhold', 'loop-protection']),
  times: times.optional(),
  from: z.string().optional(),
});

const StatusStep = z.strictObject({
  status: z.enum(outboundStatuses),
  /** Time since the message was accepted. */
  afterMs: delayMs.default(0),
  errorCode: z.int().min(10_000).max(99_999).optional(),
  /** How many times the callback is posted. */
  repeat: z.int().min(1).max(20).default(1),
  /** False changes the message's status without posting a callback. */
  posted: z.boolean().default(true),
});
export type StatusStep = z.output<typeof StatusStep>;

/**
 * Statuses of outbound messages instead of queued, sent, delivered. Without `times` the script holds until it is deleted.
 */
const StatusScript = z.strictObject({
  kind: z.literal('status-callbacks'),
  script: z.array(StatusStep).max(limits.statusScriptSteps),
  times: times.optional(),
  to: z.string().optional(),
});

/** Fault of the next REST requests that create or update a call. */
const CallFault = z.strictObject({
  kind: z.literal('twilio.call'),
  on: z.enum(['create', 'update']).default('create'),
  mode: z.enum(['400', '429', '500', 'accept-then-500']),
  code: z.int().min(10_000).max(99_999).default(21215),
  times: times.default(1),
});

/** Fault of the next sockets to a speech vendor. */
const VendorFault = z.strictObject({
  kind: z.enum(SPEECH_VENDOR_NAMES),
  /** `hang` never answers the upgrade. `mute` leaves the socket open and sends nothing more. */
  mode: z.enum(['refuse', 'hang', 'mute', 'close']),
  /** HTTP status of a refused upgrade. */
  status: z.int().min(400).max(599).default(429),
  /** Vendor-specific error code in the body of a refused upgrade. */
  code: z.string().max(100).optional(),
  /** The socket goes mute or closes after this much audio. */
  afterMs: delayMs.default(0),
  closeCode: z.int().min(1000).max(4999).default(1011),
  reason: z.string().max(100).default(''),
  times: times.default(1),
});

export const Fault = z.discriminatedUnion('kind', [
  CreateFault,
  ListFault,
  FetchFault,
  WithheldWebhooks,
  StatusScript,
  CallFault,
  VendorFault,
]);
export type Fault = z.output<typeof Fault>;
export type CreateFault = z.output<typeof CreateFault>;
export type ListFault = z.output<typeof ListFault>;
export type CallFault = z.output<typeof CallFault>;
export type VendorFault = z.output<typeof VendorFault>;

/** The faults that tests have scripted. For each request or socket the oldest matching one is used. */
export class ScriptedFaults {
  private faults: Fault[] = [];

  get active(): readonly Fault[] {
    return this.faults;
  }

  /** Returns false when the limit of faults is reached. */
  add(fault: Fault): boolean {
    if (this.faults.length >= limits.faults) return false;
    this.faults.push(structuredClone(fault));
    return true;
  }

  takeForCreate(to: string): CreateFault | undefined {
    return this.take('twilio.create', (fault) => (fault.to ?? to) === to);
  }

  takeForList(to: string): ListFault | undefined {
    return this.take('twilio.list', (fault) => (fault.to ?? to) === to);
  }

  takeForFetch(to: string): z.output<typeof FetchFault> | undefined {
    return this.take('twilio.fetch', (fault) => (fault.to ?? to) === to);
  }

  takeForInbound(from: string): 'withhold' | 'loop-protection' | undefined {
    return this.take('webhook.inbound', (fault) => (fault.from ?? from) === from)?.mode;
  }

  takeStatusScript(to: string): readonly StatusStep[] | undefined {
    return this.take('status-callbacks', (fault) => (fault.to ?? to) === to)?.script;
  }

  takeForCall(on: 'create' | 'update'): CallFault | undefined {
    return this.take('twilio.call', (fault) => fault.on === on);
  }

  takeForSocket(vendor: SpeechVendor): VendorFault | undefined {
    return this.take(vendor, () => true);
  }

  clear(): void {
    this.faults = [];
  }

  private take<K extends Fault['kind']>(
    kind: K,
    fits: (fault: Extract<Fault, { kind: K }>) => boolean,
  ): Extract<Fault, { kind: K }> | undefined {
    const isOfKind = (fault: Fault): fault is Extract<Fault, { kind: K }> => fault.kind === kind;
    const fault = this.faults.filter(isOfKind).find(fits);
    if (fault?.times !== undefined) {
      fault.times -= 1;
      if (fault.times === 0) this.faults = this.faults.filter((other) => other !== fault);
    }
    return fault;
  }
}
