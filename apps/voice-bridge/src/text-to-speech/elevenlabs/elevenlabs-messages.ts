import { z } from 'zod';
import type { CharTimings, VoiceChunk } from '@parley/turn-taking';

const Alignment = z
  .object({
    chars: z.array(z.string()),
    charStartTimesMs: z.array(z.number()),
    charDurationsMs: z.array(z.number()).optional(),
    /** An undocumented name that ElevenLabs also uses. */
    charsDurationsMs: z.array(z.number()).optional(),
  })
  .nullish();

const Message = z.object({
  contextId: z.string().optional(),
  audio: z.string().nullish(),
  isFinal: z.boolean().nullish(),
  alignment: Alignment,
  normalizedAlignment: Alignment,
  error: z.string().optional(),
  message: z.string().optional(),
});

/** A message of the multi-context socket. */
export type ElevenLabsMessage =
  | { kind: 'audio'; context: string; audio: Buffer; chunk: VoiceChunk; isFinal: boolean }
  | { kind: 'final'; context: string }
  | { kind: 'error'; reason: string }
  | { kind: 'other' };

/** Returns undefined if the text is not a message. */
export function readElevenLabsMessage(text: string): ElevenLabsMessage | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = Message.safeParse(json);
  if (!parsed.success) return undefined;
  const { contextId: context, audio, isFinal, alignment, normalizedAlignment, error, message } = parsed.data;
  if (error !== undefined) return { kind: 'error', reason: message ?? error };
  if (context === undefined) return { kind: 'other' };
  if (audio) {
    const bytes = Buffer.from(audio, 'base64');
    const chunk = {
      audioBytes: bytes.length,
      ...named('alignment', timingsOf(alignment)),
      ...named('normalizedAlignment', timingsOf(normalizedAlignment)),
    };
    return { kind: 'audio', context, audio: bytes, chunk, isFinal: isFinal === true };
  }
  return isFinal === true ? { kind: 'final', context } : { kind: 'other' };
}

const Refusal = z.object({ detail: z.object({ status: z.string() }) });

/** Returns the vendor's reason for a refused upgrade: `401 quota_exceeded`, `429 system_busy`. */
export function refusalOf(status: number, body: string): string {
  try {
    return `${status} ${Refusal.parse(JSON.parse(body)).detail.status}`;
  } catch {
    return `refused with ${status}`;
  }
}

function timingsOf(alignment: z.output<typeof Alignment>): CharTimings | undefined {
  if (!alignment) return undefined;
  const { chars, charStartTimesMs: startsMs } = alignment;
  const durationsMs = alignment.charDurationsMs ?? alignment.charsDurationsMs;
  if (!durationsMs || chars.length === 0) return undefined;
  if (startsMs.length !== chars.length || durationsMs.length !== chars.length) return undefined;
  return { chars, startsMs, durationsMs };
}

function named(
  name: 'alignment' | 'normalizedAlignment',
  timings: CharTimings | undefined,
): Partial<VoiceChunk> {
  return timings ? { [name]: timings } : {};
}
