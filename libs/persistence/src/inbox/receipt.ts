/** The consumer that received a message, and the message's id. The inbox records each pair once. */
export interface Receipt {
  readonly consumer: string;
  readonly eventId: string;
}
