import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { RpcUnavailableError } from '../rpc/rpc-errors.js';
import { LiveFrame } from './live-frame.js';
import { newInbox } from '../link/new-inbox.js';

/** The most frames that may wait to be read. With more, the answer fails. */
const MAX_WAITING_FRAMES = 2_048;

export interface AnswerTimeLimits {
  /** The longest silence before the first part. After it, the answer fails. */
  readonly silenceMs: number;
  /** The longest silence after the first part. After it, the answer fails. */
  readonly silenceOnceBegunMs: number;
  /** The longest time that an answer may take. */
  readonly deadlineMs: number;
}

/** Sends a live request and reads the frames of its answer in order. */
export class AnswerStream {
  readonly #waiting: LiveFrame[] = [];
  readonly #subject: string;
  readonly #subscription: Subscription;
  readonly #silenceOnceBegunMs: number;
  #silence: NodeJS.Timeout;
  readonly #deadline: NodeJS.Timeout;
  #received = 0;
  #hasBegun = false;
  #failure: RpcUnavailableError | undefined;
  #closed = false;
  #wake = (): void => {};

  constructor(
    connection: NatsConnection,
    subject: string,
    payload: string,
    { silenceMs, silenceOnceBegunMs, deadlineMs }: AnswerTimeLimits,
  ) {
    this.#silenceOnceBegunMs = silenceOnceBegunMs;
    this.#subject = subject;
    const inbox = newInbox(connection);
    this.#subscription = connection.subscribe(inbox, {
      callback: (error, message) => (error ? this.#fail(error.message) : this.#receive(message)),
    });
    this.#silence = setTimeout(() => this.#failIfSilent(), silenceMs);
    this.#deadline = setTimeout(() => this.#fail(`it took longer than ${deadlineMs} ms`), deadlineMs);
    connection.publish(subject, payload, { reply: inbox });
  }

  /**
   * Returns the next frame, or undefined once the stream is closed.
   * @throws RpcUnavailableError when the answer failed
   */
  async next(): Promise<LiveFrame | undefined> {
    for (;;) {
      if (this.#closed) return undefined;
      const frame = this.#waiting.shift();
      if (frame) return frame;
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#silence);
    clearTimeout(this.#deadline);
    this.#subscription.unsubscribe();
    this.#wake();
  }

  #receive(message: Msg): void {
    if (message.data.length === 0 && message.headers?.code === 503) return this.#fail('no service answers');
    const frame = frameIn(message);
    if (!frame) return this.#fail('a message is not a frame of a streamed answer');
    if (frame.n !== this.#received) return this.#fail(`frame ${this.#received} is missing`);
    this.#received += 1;
    this.#silence.refresh();
    if (frame.kind === 'alive') return;
    if (!this.#hasBegun) this.#begin();
    if (this.#waiting.length >= MAX_WAITING_FRAMES) return this.#fail('its parts are read too slowly');
    this.#waiting.push(frame);
    this.#wake();
  }

  #begin(): void {
    this.#hasBegun = true;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#failIfSilent(), this.#silenceOnceBegunMs);
  }

  /**
   * Fails the answer, unless frames arrived while this process stood still; these are read first.
   */
  #failIfSilent(): void {
    const received = this.#received;
    setImmediate(() => {
      if (this.#received === received) this.#fail('its frames stopped arriving');
    });
  }

  #fail(reason: string): void {
    this.#failure ??= new RpcUnavailableError(`The answer to ${this.#subject} failed: ${reason}`);
    this.#wake();
  }
}

function frameIn(message: Msg): LiveFrame | undefined {
  try {
    return LiveFrame.safeParse(message.json()).data;
  } catch {
    return undefined;
  }
}
