import { assertNever } from '@parley/kernel';
import { z } from 'zod';

/** A frame of Twilio's media socket. */
export type MediaFrame =
  | { kind: 'connected' }
  | { kind: 'start'; streamSid: string; callSid: string; accountSid: string }
  | { kind: 'media'; timestampMs: number; payload: string }
  | { kind: 'mark'; name: string }
  | { kind: 'dtmf'; digit: string }
  | { kind: 'stop' }
  /** An event that Twilio added later. It is ignored and not counted as malformed. */
  | { kind: 'unknown' };

const decimal = z
  .string()
  .regex(/^\d{1,12}$/)
  .transform(Number);

const Frame = z.discriminatedUnion('event', [
  z.object({ event: z.literal('connected') }),
  z.object({
    event: z.literal('start'),
    streamSid: z.string().min(1),
    start: z.object({
      callSid: z.string().min(1),
      accountSid: z.string().min(1),
      tracks: z.array(z.string()),
      mediaFormat: z.object({
        encoding: z.literal('audio/x-mulaw'),
        sampleRate: z.literal(8000),
        channels: z.literal(1),
      }),
    }),
  }),
  z.object({
    event: z.literal('media'),
    media: z.object({ timestamp: decimal, payload: z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/) }),
  }),
  z.object({ event: z.literal('mark'), mark: z.object({ name: z.string().max(64) }) }),
  z.object({ event: z.literal('dtmf'), dtmf: z.object({ digit: z.string().regex(/^[0-9*#A-D]$/) }) }),
  z.object({ event: z.literal('stop') }),
]);

const AnyFrame = z.object({ event: z.string() });

const MEDIA_START = '{"event":"media"';
const PAYLOAD = '"payload":"';
const TIMESTAMP = '"timestamp":"';

/**
 * Reads one text frame; returns undefined if it is malformed. Fifty frames arrive per second and call, nearly all `media`.
 * A `media` frame in Twilio's usual form is sliced instead of parsed.
 */
export function readMediaFrame(text: string): MediaFrame | undefined {
  return slicedMedia(text) ?? parsedFrame(text);
}

function slicedMedia(text: string): MediaFrame | undefined {
  if (!text.startsWith(MEDIA_START) || !text.endsWith('}')) return undefined;
  const payload = quotedAfter(text, PAYLOAD);
  const timestamp = quotedAfter(text, TIMESTAMP);
  if (payload === undefined || timestamp === undefined || payload.includes('\\')) return undefined;
  const timestampMs = Number(timestamp);
  if (!Number.isSafeInteger(timestampMs) || timestampMs < 0) return undefined;
  return { kind: 'media', timestampMs, payload };
}

function quotedAfter(text: string, label: string): string | undefined {
  const start = text.indexOf(label);
  if (start < 0) return undefined;
  const end = text.indexOf('"', start + label.length);
  return end < 0 ? undefined : text.slice(start + label.length, end);
}

function parsedFrame(text: string): MediaFrame | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = Frame.safeParse(json);
  if (parsed.success) return frameOf(parsed.data);
  const event = AnyFrame.safeParse(json).data?.event;
  return event === undefined || KNOWN_EVENTS.has(event) ? undefined : { kind: 'unknown' };
}

const KNOWN_EVENTS: ReadonlySet<string> = new Set(['connected', 'start', 'media', 'mark', 'dtmf', 'stop']);

function frameOf(frame: z.output<typeof Frame>): MediaFrame {
  switch (frame.event) {
    case 'connected':
    case 'stop':
      return { kind: frame.event };
    case 'start': {
      const { streamSid, start } = frame;
      return { kind: 'start', streamSid, callSid: start.callSid, accountSid: start.accountSid };
    }
    case 'media':
      return { kind: 'media', timestampMs: frame.media.timestamp, payload: frame.media.payload };
    case 'mark':
      return { kind: 'mark', name: frame.mark.name };
    case 'dtmf':
      return { kind: 'dtmf', digit: frame.dtmf.digit };
    default:
      return assertNever(frame);
  }
}
