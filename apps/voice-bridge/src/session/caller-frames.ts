/** What a media socket tells of its call. */
export abstract class CallerFrames {
  /** Audio flows, for the call that Twilio calls so. */
  abstract started(callSid: string): void;
  /** 20 ms of the caller, base64 of mulaw; false when it is no audio. */
  abstract audio(timestampMs: number, payload: string): boolean;
  abstract mark(name: string): void;
  abstract key(digit: string): void;
  /** The call, or this stream of it, is over at Twilio. */
  abstract stopped(): void;
  /** The socket is gone, whoever closed it. */
  abstract closed(): void;
}
