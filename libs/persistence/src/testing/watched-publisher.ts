import {
  JetStreamPublisher,
  type NatsLink,
  type PublishableMessage,
  type PublishReceipt,
  Topology,
} from '@parley/messaging';

/** Publishes for real, and calls the test before or after it. */
export class WatchedPublisher extends JetStreamPublisher {
  constructor(
    link: NatsLink,
    readonly around: (
      threadSeq: number,
      publish: () => Promise<PublishReceipt>,
      threadId: string,
    ) => Promise<PublishReceipt>,
  ) {
    super(link, new Topology(1));
  }

  override publish(message: PublishableMessage): Promise<PublishReceipt> {
    const { threadSeq, threadId } = JSON.parse(Buffer.from(message.payload).toString());
    return this.around(threadSeq, () => super.publish(message), threadId);
  }
}
