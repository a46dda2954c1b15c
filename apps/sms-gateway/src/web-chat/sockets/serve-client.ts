import { Logger } from '@nestjs/common';
import { assertNever } from '@parley/kernel';
import { RetryableError } from '@parley/resilience';
import { type ClientFrame, readClientFrame } from '../frames/client-frames.js';
import type { ErrorCode } from '../frames/server-frames.js';
import type { ReceiveWebMessage } from '../messages/receive-web-message.js';
import type { ChatConnection } from './chat-connection.js';
import type { OpenChat } from './open-chat.js';

/** After this many malformed frames a client is disconnected: it does not speak our protocol. */
const MAX_MALFORMED_FRAMES = 10;
/** Messages of one client that wait to be stored. */
const MAX_WAITING_MESSAGES = 20;

type MessageFrame = Extract<ClientFrame, { type: 'message' }>;

/** Handles the frames of one client, its messages one after the other. */
export class ServeClient {
  readonly #logger = new Logger(ServeClient.name);
  #malformed = 0;
  #waiting = 0;
  #lastMessage: Promise<void> = Promise.resolve();

  constructor(
    private readonly chat: Pick<OpenChat, 'expectReply'>,
    private readonly connection: Pick<ChatConnection, 'session' | 'output' | 'resume' | 'close'>,
    private readonly receiveWebMessage: Pick<ReceiveWebMessage, 'execute'>,
  ) {}

  receive(text: string): void {
    const read = readClientFrame(text);
    if (read.kind === 'frame') return this.#handle(read.frame);
    if (read.kind === 'unknown-type') return;
    this.#malformed += 1;
    this.#refuse('malformed-frame', read.detail, read.clientMessageId);
    if (this.#malformed >= MAX_MALFORMED_FRAMES) this.connection.close('malformed-frames');
  }

  #handle(frame: ClientFrame): void {
    switch (frame.type) {
      case 'resume': {
        const { conversationId, lastSeq: seq } = frame;
        const after = seq === undefined ? undefined : { ...(conversationId && { conversationId }), seq };
        return this.connection.resume(after);
      }
      case 'message':
        return this.#queue(frame);
      case 'ping':
        return void this.connection.output.send([{ type: 'pong' }]);
      default:
        return assertNever(frame);
    }
  }

  #queue(frame: MessageFrame): void {
    if (this.#waiting >= MAX_WAITING_MESSAGES) {
      return this.#refuse('too-many-messages', REFUSED['too-many-messages'], frame.clientMessageId);
    }
    this.#waiting += 1;
    this.#lastMessage = this.#lastMessage
      .then(() => this.#accept(frame))
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #accept({ clientMessageId, text }: MessageFrame): Promise<void> {
    const { threadId } = this.connection.session;
    try {
      const outcome = await this.receiveWebMessage.execute({ threadId, clientMessageId, text });
      if (outcome.kind === 'refused')
        return this.#refuse(outcome.reason, REFUSED[outcome.reason], clientMessageId);
      this.chat.expectReply();
      const { messageId } = outcome;
      void this.connection.output.send([{ type: 'accepted', clientMessageId, messageId }]);
    } catch (error) {
      if (!(error instanceof RetryableError))
        this.#logger.error({ threadId, err: error }, 'A web message could not be stored');
      this.#refuse('unavailable', 'Send this message again with the same clientMessageId', clientMessageId);
    }
  }

  #refuse(code: ErrorCode, detail: string, clientMessageId: string | undefined): void {
    void this.connection.output.send([
      { type: 'error', code, detail, ...(clientMessageId !== undefined && { clientMessageId }) },
    ]);
  }
}

const REFUSED = {
  'client-message-id-reused': 'Another message has this clientMessageId',
  'too-many-messages': 'Send this message again later',
  'thread-unknown': 'This chat does not exist any more',
} as const;
