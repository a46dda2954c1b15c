/** Receives the events of a call's media stream. */
export abstract class MediaListener {
  /** The audio of the call with this CallSid begins to flow. */
  abstract started(callSid: string): void;
  /** Takes 20 ms of the caller's audio: mulaw in base64. Returns false if the payload is not base64. */
  abstract audio(timestampMs: number, payload: string): boolean;
  abstract mark(name: string): void;
  abstract key(digit: string): void;
  /** Twilio ended the call or its media stream. */
  abstract stopped(): void;
  /** The socket is closed, by either side. */
  abstract closed(): void;
}
