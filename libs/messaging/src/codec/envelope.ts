/** A message's metadata: its CloudEvents attributes and the subject on which it arrived. */
export interface Envelope {
  readonly id: string;
  /** `/parley/<service>`. */
  readonly source: string;
  /** The contract's `typeOf`. */
  readonly type: string;
  /** The time of the event, ISO 8601. */
  readonly time: string;
  /** The NATS subject. */
  readonly subject: string;
  /** The ordering key: the CloudEvents subject and the NATS subject's last token. */
  readonly key: string;
  /** W3C trace context, passed on unchanged. */
  readonly traceparent?: string;
  /** CloudEvents extension attributes by name, e.g. `conversationsequence`. */
  readonly extensions: Readonly<Record<string, string>>;
}

/** Header values by name, encoded. */
export type MessageHeaders = Readonly<Record<string, string>>;

/** A message as it is sent on the wire. */
export interface EncodedMessage {
  readonly id: string;
  readonly subject: string;
  readonly key: string;
  readonly headers: MessageHeaders;
  readonly payload: Uint8Array;
}
