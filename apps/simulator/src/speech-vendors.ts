import type { z } from 'zod';
import { deepgramSettings } from './deepgram/deepgram-settings.js';
import { elevenLabsSettings } from './elevenlabs/elevenlabs-settings.js';

/** What a test can set of a simulated speech vendor with `POST /control/voice`. */
export interface SpeechVendorSettings {
  readonly schema: z.ZodObject;
  readonly initial: object;
  /** The delays that the vendor publishes, in milliseconds. Without latency they are 0. */
  readonly publishedDelays: Readonly<Record<string, number>>;
}

/** The simulated speech vendors. The name is the first segment of the vendor's path and the kind of its faults. */
export const SPEECH_VENDORS = {
  deepgram: deepgramSettings,
  elevenlabs: elevenLabsSettings,
} as const satisfies Readonly<Record<string, SpeechVendorSettings>>;
export type SpeechVendor = keyof typeof SPEECH_VENDORS;

export const SPEECH_VENDOR_NAMES = Object.keys(SPEECH_VENDORS) as SpeechVendor[];

/** Returns a record with one value for each speech vendor. */
export function forEachSpeechVendor<T>(
  valueOf: (settings: SpeechVendorSettings) => T,
): Record<SpeechVendor, T> {
  const entries = SPEECH_VENDOR_NAMES.map((name) => [name, valueOf(SPEECH_VENDORS[name])]);
  return Object.fromEntries(entries) as Record<SpeechVendor, T>;
}
