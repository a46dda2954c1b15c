import { Logger } from '@nestjs/common';
import type { Msg } from '@nats-io/transport-node';
import { durableOf, streams, type Contract, type ServiceName } from '@parley/contracts';
import { KeyedQueue, nameAndMessageOf, NotReadyYetError, sleep, withTimeout } from '@parley/resilience';
import type { NatsLink } from '../link/nats-link.js';
import { DeliveredMessage } from './delivered-message.js';
import type { MessageHandling, HandlingOutcome } from './message-handling.js';
import { PullSession } from './pull-session.js';
import { ACK_WAIT_MS, type Topology } from './topology.js';

/** How many messages of one consumer a process holds at a time, and so how many keys it handles in parallel. */
const MAX_IN_FLIGHT = 32;
const FIRST_BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 30_000;
const DECLARE_PAUSE_MS = 500;
/** How long a stopping consumer waits for handlers in progress, in milliseconds. */
const DRAIN_TIMEOUT_MS = 5_000;

/**
 * Reads one contract's messages through its durable consumer: keys in parallel, each key in order. After a
 * retryable error of a handler, it gives all its messages back in order and pauses (100 ms at first, doubling
 * to 30 s). Then it tries one message, and the others only if that one succeeds.
 */
export class DurableConsumer {
  readonly durable: string;
  readonly #stream: string;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #held = new Map<string, DeliveredMessage>();
  /** The timer that extends the hold of messages. It runs while this process holds messages. */
  #holding: NodeJS.Timeout | undefined;
  readonly #queue = new KeyedQueue<string>();
  #givenBack: DeliveredMessage[] = [];
  #halt = new AbortController();
  #session: PullSession | undefined;
  #streamCreated = '';
  #isProbing = false;
  #probe: Promise<void> | undefined;
  #backOffMs = FIRST_BACK_OFF_MS;
  #running: Promise<void> | undefined;

  constructor(
    private readonly contract: Contract,
    private readonly service: ServiceName,
    private readonly link: NatsLink,
    private readonly topology: Topology,
    private readonly handling: MessageHandling,
  ) {
    this.durable = durableOf(contract, service);
    this.#stream = streams[contract.kind].name;
    this.#logger = new Logger(this.durable);
  }

  /** Starts reading in the background. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Fetches no more messages, waits up to five seconds for handlers in progress, and gives back the rest. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#halt.abort();
    this.#session?.end('stopped');
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const forget = this.link.onConnected(() => this.#session?.end('reconnected'));
    let isReported = false;
    while (!signal.aborted) {
      try {
        await this.#pullOnce();
        isReported = false;
      } catch (error) {
        if (signal.aborted) break;
        if (!isReported)
          this.#logger.warn(
            `Reading stream ${this.#stream} failed and is retried: ${nameAndMessageOf(error)}`,
          );
        isReported = true;
        await sleep(DECLARE_PAUSE_MS, signal);
      }
    }
    forget();
    await withTimeout(DRAIN_TIMEOUT_MS, this.#queue.whenIdle(), () => undefined);
    this.#giveBackAll([...this.#held.values()]);
    clearInterval(this.#holding);
  }

  /** Declares the consumer and reads from it until the session ends. */
  async #pullOnce(): Promise<void> {
    const { signal } = this.#stopping;
    if (this.#halt.signal.aborted) await this.#giveBackAndPause();
    const connection = await this.link.whenConnected(signal);
    const epoch = this.link.epoch;
    this.#streamCreated = await this.topology.ensureConsumer(connection, this.contract, this.service);
    if (epoch !== this.link.epoch || signal.aborted) return;
    const session = new PullSession(
      connection,
      { stream: this.#stream, durable: this.durable },
      { onMessage: (message) => this.#receive(message), onCapacity: () => this.#refill() },
    );
    this.#session = session;
    if (this.#halt.signal.aborted) session.end('halted');
    this.#refill();
    const reason = await session.ended;
    await session.close(this.link.connection() === connection);
    this.#session = undefined;
    if (reason !== 'missing' && reason !== 'silent') return;
    this.#logger.warn(`Stream ${this.#stream} or its consumer is ${reason}; both are declared again`);
    await sleep(FIRST_BACK_OFF_MS, signal);
  }

  #receive(raw: Msg): void {
    const message = new DeliveredMessage(raw, this.#stream, this.#streamCreated);
    if (this.#held.has(message.position)) return;
    this.#held.set(message.position, message);
    this.#holding ??= setInterval(() => this.#extendHolds(), ACK_WAIT_MS / 5);
    void this.#queue.add(message.key, () => this.#handle(message));
    this.#refill();
  }

  #refill(): void {
    if (!this.#session || this.#halt.signal.aborted) return;
    const capacity = MAX_IN_FLIGHT - this.#held.size - this.#session.outstanding;
    if (capacity >= MAX_IN_FLIGHT / 2) this.#session.ask(capacity);
  }

  /** After a pause, only the first message is tried. The others wait for its outcome. */
  async #handle(message: DeliveredMessage): Promise<void> {
    while (this.#isProbing && !this.#halt.signal.aborted) {
      if (!this.#probe) return (this.#probe = this.#process(message));
      await this.#probe;
    }
    return this.#process(message);
  }

  async #process(message: DeliveredMessage): Promise<void> {
    const { signal } = this.#halt;
    const outcome: HandlingOutcome = signal.aborted
      ? { kind: 'retryable', error: undefined }
      : await this.handling.handle(message.content, signal);
    if (outcome.kind === 'retryable') {
      this.#givenBack.push(message);
      this.#pauseReading(outcome.error);
      return;
    }
    if (outcome.kind === 'dead-letter') {
      this.#logger.error(
        `Message ${message.content.id} became a dead letter: ${nameAndMessageOf(outcome.error)}`,
      );
    }
    if (this.#isFromCurrentStream(message)) {
      if (outcome.kind === 'handled') message.ack();
      else message.terminate(nameAndMessageOf(outcome.error));
    }
    this.#held.delete(message.position);
    this.#succeeded();
    this.#refill();
  }

  #succeeded(): void {
    if (!this.#isProbing) return;
    this.#isProbing = false;
    this.#backOffMs = FIRST_BACK_OFF_MS;
    this.#logger.log('Reading continues after a pause');
  }

  #pauseReading(error: unknown): void {
    if (this.#halt.signal.aborted) return;
    const isNews = !this.#isProbing && !(error instanceof NotReadyYetError);
    if (isNews)
      this.#logger.warn(`Reading pauses until a message can be handled: ${nameAndMessageOf(error)}`);
    this.#halt.abort();
    this.#session?.end('halted');
  }

  /**
   * Waits for all handlers, so that a key's messages are given back together and in order. Gives them back and pauses.
   */
  async #giveBackAndPause(): Promise<void> {
    await this.#queue.whenIdle();
    this.#giveBackAll(this.#givenBack);
    if (!(await sleep(this.#backOffMs, this.#stopping.signal))) return;
    this.#backOffMs = Math.min(this.#backOffMs * 2, MAX_BACK_OFF_MS);
    this.#isProbing = true;
    this.#probe = undefined;
    this.#halt = new AbortController();
  }

  /**
   * Gives messages back without a delay on the server, which would change their order. This process pauses instead.
   */
  #giveBackAll(messages: readonly DeliveredMessage[]): void {
    for (const message of messages.toSorted((a, b) => a.sequence - b.sequence)) {
      if (this.#isFromCurrentStream(message)) message.giveBack();
      this.#held.delete(message.position);
    }
    this.#givenBack = [];
  }

  #extendHolds(): void {
    if (this.#held.size === 0) {
      clearInterval(this.#holding);
      this.#holding = undefined;
    }
    const now = performance.now();
    for (const message of this.#held.values()) {
      if (this.#isFromCurrentStream(message)) message.extendHold(now, ACK_WAIT_MS / 5);
    }
  }

  /**
   * Whether the stream was not created again meanwhile. An acknowledgement names only a stream and a sequence, which would
   * then belong to another message.
   */
  #isFromCurrentStream(message: DeliveredMessage): boolean {
    return message.streamCreated === this.#streamCreated;
  }
}
