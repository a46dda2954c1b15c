import type { CallingCode } from './calling-codes.js';
import type { LineType } from './number-policy.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** How many codes may be sent within an hour and within a day. A limit counts codes, whichever way they are sent. */
export interface CodeLimit {
  readonly perHour: number;
  readonly perDay: number;
}

/** The kinds of limits, each with its own counters. */
export const LIMIT_KINDS = ['number', 'subject', 'client', 'prefix', 'country', 'spend'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

/** All numbers and times of a verification that can differ between installations. */
export interface VerificationPolicy {
  /** How long a code counts. */
  readonly codeValidMs: number;
  readonly maxChecks: number;
  /** Checks of one number by one subject in a UTC day, over all their verifications. */
  readonly maxChecksPerDay: number;
  /** The pause after the first, second, third and every later code to one number for one subject. */
  readonly resendPausesMs: readonly [number, ...number[]];
  /** The pause after the first SMS before a code may be sent by a call; undefined without calls. */
  readonly voiceAfterMs: number | undefined;
  /** The ladder begins again this long after the last code. */
  readonly ladderResetMs: number;
  readonly limits: Readonly<Record<LimitKind, CodeLimit>>;
  readonly countries: readonly CallingCode[];
  readonly lineTypes: readonly LineType[];
  readonly conversion: ConversionPolicy;
}

/** When a prefix counts as pumped: too few of its codes are ever typed. */
export interface ConversionPolicy {
  /** Below this many verifications that have ended there is no verdict. */
  readonly minEnded: number;
  /** The smallest share of approved ones, from 0 to 1. */
  readonly minApproved: number;
}

export const defaultVerificationPolicy: VerificationPolicy = {
  codeValidMs: 10 * MINUTE_MS,
  maxChecks: 5,
  maxChecksPerDay: 10,
  resendPausesMs: [MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS],
  voiceAfterMs: undefined,
  ladderResetMs: HOUR_MS,
  limits: {
    number: { perHour: 5, perDay: 10 },
    subject: { perHour: 10, perDay: 20 },
    client: { perHour: 20, perDay: 60 },
    prefix: { perHour: 100, perDay: 400 },
    country: { perHour: 1_000, perDay: 5_000 },
    spend: { perHour: 2_000, perDay: 10_000 },
  },
  countries: ['1'],
  lineTypes: ['mobile-or-landline', 'mobile', 'unknown'],
  conversion: { minEnded: 40, minApproved: 0.1 },
};
