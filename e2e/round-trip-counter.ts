import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** The position of the role's name in the first message of a connection, after length and protocol version. */
const STARTUP_HEADER_BYTES = 8;

/**
 * A proxy between the services and Postgres that counts round trips: a round trip begins when a service writes to a
 * connection on which Postgres has answered since the last write. Pipelined statements, written before the previous
 * answer, share a round trip.
 */
export class RoundTripCounter {
  #count = 0;
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly postgresUrl: string,
  ) {}

  /** @param postgresUrl the administrator's URL; the administrator's connections are not counted */
  static async listen(postgresUrl: string): Promise<RoundTripCounter> {
    const server = createServer();
    const counter = new RoundTripCounter(server, postgresUrl);
    server.on('connection', (client) => counter.#pass(client));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return counter;
  }

  /** Returns the administrator's URL through this proxy. */
  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return Object.assign(new URL(this.postgresUrl), { hostname: '127.0.0.1', port: String(port) }).href;
  }

  /** Returns the round trips since the proxy began to listen. */
  get count(): number {
    return this.#count;
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => this.server.close(done));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #pass(client: Socket): void {
    const { hostname, port, username } = new URL(this.postgresUrl);
    const postgres = connect(Number(port), hostname);
    let isCounted: boolean | undefined;
    let isAnswered = true;
    this.#join(client, postgres, (chunk) => {
      isCounted ??= roleIn(chunk) !== username;
      if (isCounted && isAnswered) this.#count += 1;
      isAnswered = false;
    });
    this.#join(postgres, client, () => (isAnswered = true));
  }

  #join(from: Socket, to: Socket, onData: (chunk: Buffer) => void): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      onData(chunk);
      to.write(chunk);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}

/** Returns the role that a StartupMessage names. Its parameters are pairs of texts, each ended by a zero byte. */
function roleIn(startup: Buffer): string | undefined {
  const texts = startup.toString('utf8', STARTUP_HEADER_BYTES).split('\0');
  return texts[texts.indexOf('user') + 1];
}
