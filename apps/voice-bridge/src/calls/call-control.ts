/** Tells the telephone network what to do with a call. Throws RetryableError when it cannot be told now. */
export abstract class CallControl {
  /** Ends the call; one that is over already is fine. */
  abstract complete(callSid: string): Promise<void>;
}
