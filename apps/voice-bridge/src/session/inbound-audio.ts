import {
  FRAME_BYTES,
  addLevel,
  MULAW_BYTES_PER_MS,
  MULAW_SILENCE,
  mulawLevel,
  NO_SOUND,
  pieceMs,
  onTurnEnded,
} from '@parley/turn-taking';

/** The size of the buffer that pieces are cut from. A piece is never longer than the rest of the buffer. */
const SLAB_BYTES = 8_000;
const LONGEST_PIECE_BYTES = 160 * MULAW_BYTES_PER_MS;
/** Generous: a Twilio frame has 160 bytes (20 ms). */
const MAX_FRAME_BYTES = 10_240;
/** At most this much of a gap is filled, because more silence would only delay the audio after it. */
const MAX_FILLED_GAP_MS = 5_000;

/**
 * Joins the caller's frames into pieces of the length that {@link pieceMs} chooses. Fills jumps of Twilio's timestamps with
 * silence: Twilio discards audio that we read too slowly, and the recogniser's clock is the audio itself.
 */
export class InboundAudio {
  #slab = Buffer.allocUnsafe(SLAB_BYTES);
  /** Positions in the slab: the start of the current piece, and the end of its audio. */
  #from = 0;
  #to = 0;
  #sound = NO_SOUND;
  #nextTimestampMs: number | undefined;
  #gaps = 0;
  #gapMs = 0;
  #receivedMs = 0;

  /** @param emit takes each piece and owns it */
  constructor(private readonly emit: (piece: Buffer) => void) {}

  /** Returns the number of gaps and their total length. */
  get gaps(): { count: number; ms: number } {
    return { count: this.#gaps, ms: this.#gapMs };
  }

  /** Returns how much audio arrived, filled gaps included. */
  get receivedMs(): number {
    return this.#receivedMs;
  }

  /** Whether the caller is making sound. */
  get isSounding(): boolean {
    return this.#sound.phase === 'sounding';
  }

  /** Takes one frame. Returns false if its payload is not base64. */
  push(timestampMs: number, payload: string): boolean {
    const bytes = base64Bytes(payload);
    if (bytes === undefined || bytes > MAX_FRAME_BYTES) return false;
    this.#fillGapBefore(timestampMs);
    this.#nextTimestampMs = timestampMs + bytes / MULAW_BYTES_PER_MS;
    this.#receivedMs += bytes / MULAW_BYTES_PER_MS;
    return bytes <= LONGEST_PIECE_BYTES ? this.#decode(payload, bytes) : this.#decodeLong(payload);
  }

  /** Called when the recogniser has ended the caller's turn. */
  onTurnEnded(): void {
    this.#sound = onTurnEnded(this.#sound);
  }

  #fillGapBefore(timestampMs: number): void {
    const missingMs = timestampMs - (this.#nextTimestampMs ?? timestampMs);
    if (missingMs <= 0) return;
    this.#gaps += 1;
    this.#gapMs += missingMs;
    const filledMs = Math.min(missingMs, MAX_FILLED_GAP_MS);
    this.#receivedMs += filledMs;
    for (let silence = Math.round(filledMs) * MULAW_BYTES_PER_MS; silence > 0;) {
      const bytes = Math.min(silence, FRAME_BYTES);
      this.#ensureSpace(bytes);
      this.#slab.fill(MULAW_SILENCE, this.#to, this.#to + bytes);
      silence -= bytes;
      this.#add(bytes);
    }
  }

  /** Decodes directly into the piece, without a copy. */
  #decode(payload: string, bytes: number): boolean {
    this.#ensureSpace(bytes);
    const written = this.#slab.write(payload, this.#to, bytes, 'base64');
    this.#add(written);
    return written === bytes;
  }

  #decodeLong(payload: string): boolean {
    const audio = Buffer.from(payload, 'base64');
    for (let at = 0; at < audio.length;) {
      const bytes = Math.min(FRAME_BYTES, audio.length - at);
      this.#ensureSpace(bytes);
      audio.copy(this.#slab, this.#to, at, at + bytes);
      at += bytes;
      this.#add(bytes);
    }
    return true;
  }

  #ensureSpace(bytes: number): void {
    if (this.#to + bytes <= SLAB_BYTES) return;
    const next = Buffer.allocUnsafe(SLAB_BYTES);
    this.#to = this.#slab.copy(next, 0, this.#from, this.#to);
    this.#from = 0;
    this.#slab = next;
  }

  #add(bytes: number): void {
    const level = mulawLevel(this.#slab, this.#to, this.#to + bytes);
    this.#sound = addLevel(this.#sound, level, bytes / MULAW_BYTES_PER_MS);
    this.#to += bytes;
    if (this.#to - this.#from < pieceMs(this.#sound) * MULAW_BYTES_PER_MS) return;
    this.emit(this.#slab.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }
}

/** Returns the number of bytes that a base64 text encodes, or undefined if it is not base64. */
function base64Bytes(text: string): number | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}
