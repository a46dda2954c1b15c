/**
 * Controls a call in the telephone network.
 * @throws RetryableError while the network is unavailable
 */
export abstract class CallControl {
  /** Ends the call. Has no effect on a call that is over. */
  abstract complete(callSid: string): Promise<void>;
}
