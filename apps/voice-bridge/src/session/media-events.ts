/** What happens on the media stream of a call. */
export abstract class MediaEvents {
  /** Audio begins to flow, for the call with this CallSid. */
  abstract started(callSid: string): void;
  /** 20 ms of the caller, base64 of mulaw; false when it is no audio. */
  abstract audio(timestampMs: number, payload: string): boolean;
  abstract mark(name: string): void;
  abstract key(digit: string): void;
  /** The call, or this stream of it, is over at Twilio. */
  abstract stopped(): void;
  /** The socket is closed, by either side. */
  abstract closed(): void;
}
