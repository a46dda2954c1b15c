import {
  JetStreamPublisher,
  type NatsLink,
  type PublishableMessage,
  type PublishReceipt,
  Topology,
} from '@parley/messaging';

/** A real publisher that passes each message through the test's own function. */
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
