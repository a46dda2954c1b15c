import type { DurableKind } from './define.js';

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;

/**
 * A JetStream stream. A full stream discards its oldest messages; settlement publishes messages again that
 * were not handled.
 */
export interface StreamDefinition {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  readonly maxMessageBytes: number;
  /** A message id that is published twice within this time is stored once. At most `maxAgeMs`. */
  readonly duplicateWindowMs: number;
}

/** One stream per durable kind. */
export const streams: Readonly<Record<DurableKind, StreamDefinition>> = {
  evt: stream('EVT', 'evt.>', 7 * 24 * HOUR_MS, 1024 * MIB),
  int: stream('INT', 'int.>', 24 * HOUR_MS, 512 * MIB),
  cmd: stream('CMD', 'cmd.>', 24 * HOUR_MS, 512 * MIB),
};

function stream(name: string, subject: string, maxAgeMs: number, maxBytes: number): StreamDefinition {
  return { name, subjects: [subject], maxAgeMs, maxBytes, maxMessageBytes: MIB, duplicateWindowMs: 120_000 };
}
