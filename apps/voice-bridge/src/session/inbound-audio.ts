import { MULAW_BYTES_PER_MS, MULAW_SILENCE } from '@parley/turn-taking';

/** Four of Twilio's frames: what both of the recogniser's interfaces are fed best with. */
const CHUNK_BYTES = 80 * MULAW_BYTES_PER_MS;
/** A gap longer than this is not filled up: the caller was away, and silence would only delay what follows. */
const MAX_FILLED_GAP_MS = 5_000;

/**
 * Puts the caller's frames together into chunks of 80 ms, with silence where Twilio's timestamps jump: it discards
 * audio that we read too slowly, and the recogniser's clock is the audio itself.
 */
export class InboundAudio {
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #filled = 0;
  #nextTimestampMs: number | undefined;
  #gaps = 0;
  #gapMs = 0;
  #receivedMs = 0;

  /** @param emit takes over the chunk: it is not written to again */
  constructor(private readonly emit: (chunk: Buffer) => void) {}

  /** How often, and by how much, audio was missing. */
  get gaps(): { count: number; ms: number } {
    return { count: this.#gaps, ms: this.#gapMs };
  }

  /** How much was heard, filled gaps included. */
  get receivedMs(): number {
    return this.#receivedMs;
  }

  /** Takes one frame; false when its payload is not base64. */
  push(timestampMs: number, payload: string): boolean {
    const bytes = base64Bytes(payload);
    if (bytes === undefined || bytes > CHUNK_BYTES * 16) return false;
    this.#fillGapBefore(timestampMs);
    this.#nextTimestampMs = timestampMs + bytes / MULAW_BYTES_PER_MS;
    this.#receivedMs += bytes / MULAW_BYTES_PER_MS;
    return this.#filled + bytes <= CHUNK_BYTES ? this.#decode(payload, bytes) : this.#decodeLong(payload);
  }

  #fillGapBefore(timestampMs: number): void {
    const missingMs = timestampMs - (this.#nextTimestampMs ?? timestampMs);
    if (missingMs <= 0) return;
    this.#gaps += 1;
    this.#gapMs += missingMs;
    const filledMs = Math.min(missingMs, MAX_FILLED_GAP_MS);
    this.#receivedMs += filledMs;
    let silence = Math.round(filledMs) * MULAW_BYTES_PER_MS;
    while (silence > 0) {
      const bytes = Math.min(silence, CHUNK_BYTES - this.#filled);
      this.#chunk.fill(MULAW_SILENCE, this.#filled, this.#filled + bytes);
      silence -= bytes;
      this.#add(bytes);
    }
  }

  /** Straight into the chunk: no copy in between. */
  #decode(payload: string, bytes: number): boolean {
    const written = this.#chunk.write(payload, this.#filled, bytes, 'base64');
    this.#add(written);
    return written === bytes;
  }

  #decodeLong(payload: string): boolean {
    const audio = Buffer.from(payload, 'base64');
    for (let at = 0; at < audio.length;) {
      const bytes = audio.copy(this.#chunk, this.#filled, at);
      at += bytes;
      this.#add(bytes);
    }
    return true;
  }

  #add(bytes: number): void {
    this.#filled += bytes;
    if (this.#filled < CHUNK_BYTES) return;
    this.emit(this.#chunk);
    this.#chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    this.#filled = 0;
  }
}

/** How many bytes a base64 text stands for; undefined when it cannot be one. */
function base64Bytes(text: string): number | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}
