import { readFile } from 'node:fs/promises';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import {
  connect,
  type ConnectionOptions,
  credsAuthenticator,
  usernamePasswordAuthenticator,
  type NatsConnection,
  type Status,
  type Subscription,
} from '@nats-io/transport-node';
import { messageOf, sleep, withTimeout } from '@parley/resilience';

export interface NatsLinkOptions {
  /** The connection's name in the server's reports: the name of the service. */
  readonly name: string;
  readonly url: string;
  /** Path of a NATS credentials file. */
  readonly credsFile?: string | undefined;
  /** Path of the certificate authority that signed the server's certificate (PEM); switches TLS on. */
  readonly tlsCaFile?: string | undefined;
}

const FIRST_CONNECT_PAUSE_MS = 500;
const RECONNECT_PAUSE_MS = 250;
const CONNECT_TIMEOUT_MS = 3_000;
const PING_INTERVAL_MS = 5_000;
const MAX_PINGS_UNANSWERED = 2;
const DRAIN_TIMEOUT_MS = 5_000;

type ConnectionListener = (connection: NatsConnection) => void;

/**
 * The one NATS connection of the process. It connects in the background and retries for ever; neither
 * start-up nor readiness waits for it. Other classes use the connection and never close it.
 */
export class NatsLink implements OnApplicationShutdown {
  readonly #options: NatsLinkOptions;
  readonly #logger = new Logger(NatsLink.name);
  readonly #stopping = new AbortController();
  readonly #onNewConnection = new Set<ConnectionListener>();
  readonly #onEpoch = new Set<() => void>();
  #running: Promise<void> | undefined;
  #connection: NatsConnection | undefined;
  #connected = false;
  #epoch = 0;

  constructor(options: NatsLinkOptions) {
    this.#options = options;
  }

  /** Starts connecting and returns at once. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Returns the connection, or undefined while NATS is unavailable. */
  connection(): NatsConnection | undefined {
    return this.#connected ? this.#connection : undefined;
  }

  /** Counts connects and reconnects. A request that was sent in an earlier epoch is lost. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Waits for a connection without a time limit. Rejects only when `signal` aborts or the link is drained. */
  async whenConnected(signal?: AbortSignal): Promise<NatsConnection> {
    const stop = signal ? AbortSignal.any([signal, this.#stopping.signal]) : this.#stopping.signal;
    for (;;) {
      stop.throwIfAborted();
      const connection = this.connection();
      if (connection) return connection;
      await this.#nextEpoch(stop);
    }
  }

  /** Calls `callback` at each connect and reconnect. Returns a function that ends this. */
  onConnected(callback: () => void): () => void {
    this.#onEpoch.add(callback);
    return () => this.#onEpoch.delete(callback);
  }

  /**
   * Runs `subscribe` on every new connection object, so that its core NATS subscriptions last, and at once if
   * there is a connection. (A reconnect keeps the object and its subscriptions.) Returns a function that ends
   * this.
   */
  onNewConnection(subscribe: ConnectionListener): () => void {
    this.#onNewConnection.add(subscribe);
    if (this.#connection) subscribe(this.#connection);
    return () => this.#onNewConnection.delete(subscribe);
  }

  /**
   * Notifies the processes that listen now, on core NATS. A ping is lost without an error if no process
   * listens or NATS is unavailable.
   */
  ping(subject: string, text = ''): void {
    try {
      this.connection()?.publish(subject, text);
    } catch (error) {
      this.#logger.debug(`The ping "${subject}" was not sent: ${messageOf(error)}`);
    }
  }

  /** Listens for pings, which every replica receives. Returns a function that ends this. */
  onPing(subject: string, callback: (text: string) => void): () => void {
    let subscription: Subscription | undefined;
    const forget = this.onNewConnection((connection) => {
      subscription = connection.subscribe(subject, { callback: (_, message) => callback(message.string()) });
    });
    return () => {
      forget();
      subscription?.unsubscribe();
    };
  }

  /** Sends the buffered messages, for up to five seconds, and closes the connection. */
  async drain(): Promise<void> {
    this.#stopping.abort();
    const connection = this.#connection;
    if (connection && !connection.isClosed()) {
      const drained = connection.drain().catch(() => undefined);
      await withTimeout(DRAIN_TIMEOUT_MS, drained, () => undefined);
      await connection.close();
    }
    await this.#running;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.drain();
  }

  async #run(): Promise<void> {
    let isReported = false;
    while (!this.#stopping.signal.aborted) {
      try {
        const connection = await this.#connect();
        isReported = false;
        await this.#live(connection);
      } catch (error) {
        if (!isReported) this.#logger.warn(`NATS is unavailable; connecting is retried: ${messageOf(error)}`);
        isReported = true;
        await sleep(FIRST_CONNECT_PAUSE_MS, this.#stopping.signal);
      }
    }
  }

  async #connect(): Promise<NatsConnection> {
    const { name, url, credsFile, tlsCaFile } = this.#options;
    return connect({
      name,
      // Each service has its own reply subjects, so that its NATS user cannot read the replies to other services.
      inboxPrefix: `_INBOX_${name}`,
      ...serversOf(url),
      timeout: CONNECT_TIMEOUT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_PAUSE_MS,
      ignoreAuthErrorAbort: true,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: MAX_PINGS_UNANSWERED,
      noAsyncTraces: true,
      ...(credsFile !== undefined && { authenticator: credsAuthenticator(await readFile(credsFile)) }),
      ...(tlsCaFile !== undefined && { tls: { caFile: tlsCaFile } }),
    });
  }

  async #live(connection: NatsConnection): Promise<void> {
    if (this.#stopping.signal.aborted) return connection.close();
    this.#connection = connection;
    for (const subscribe of this.#onNewConnection) subscribe(connection);
    this.#reached(connection);
    for await (const status of connection.status()) this.#follow(connection, status);
    await connection.closed();
    this.#connected = false;
    this.#connection = undefined;
  }

  #follow(connection: NatsConnection, status: Status): void {
    if (status.type === 'disconnect') {
      this.#connected = false;
      if (!this.#stopping.signal.aborted) this.#logger.warn('The connection to NATS was lost; reconnecting');
    } else if (status.type === 'reconnect') {
      this.#reached(connection);
    } else if (status.type === 'error') {
      this.#logger.error(`NATS reported an error: ${messageOf(status.error)}`);
    } else if (status.type === 'slowConsumer') {
      this.#logger.warn(
        `The NATS subscription "${status.sub.getSubject()}" reads more slowly than messages arrive`,
      );
    }
  }

  #reached(connection: NatsConnection): void {
    this.#connected = true;
    this.#epoch += 1;
    this.#logger.log(`Connected to NATS at ${connection.getServer()}`);
    for (const callback of this.#onEpoch) callback();
  }

  #nextEpoch(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#onEpoch.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#onEpoch.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

/** Reads the credentials from the first URL, for all servers. The client itself reads none from URLs. */
function serversOf(urls: string): Pick<ConnectionOptions, 'servers' | 'authenticator'> {
  const servers = urls.split(',').map((server) => new URL(server.trim()));
  const { username = '', password = '' } = servers[0] ?? {};
  return {
    servers: servers.map(({ host }) => host),
    ...(username !== '' && {
      authenticator: usernamePasswordAuthenticator(
        decodeURIComponent(username),
        decodeURIComponent(password),
      ),
    }),
  };
}
