import { DeepgramClient } from '@deepgram/sdk';
import { deepgramTransport } from './deepgram-transport.js';

/** Twilio's own audio format, so that nothing is resampled. */
export const MULAW_8KHZ = { encoding: 'mulaw', sample_rate: 8000 } as const;

export interface DeepgramOptions {
  readonly apiKey: string;
  readonly model: string;
  /** A stand-in: `ws://…` or `wss://…`. */
  readonly baseUrl?: string | undefined;
}

/** Makes a client with both reconnect layers of the SDK off, because they replay no audio and report nothing. */
export function deepgramClient({ apiKey, baseUrl }: DeepgramOptions): DeepgramClient {
  return new DeepgramClient({
    apiKey,
    ...(baseUrl !== undefined && { baseUrl }),
    reconnect: false,
    transportFactory: deepgramTransport,
  });
}
