import { once } from 'node:events';
import http from 'node:http';

export interface ReceivedPost {
  /** Path and query, unchanged. */
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly params: Record<string, string>;
}

/** An HTTP server that plays our gateway: records posts and answers with the listed statuses, then with 200. */
export class WebhookReceiver {
  readonly posts: ReceivedPost[] = [];
  /** Statuses of the next answers; 0 never answers, -1 drops the connection. */
  answers: number[] = [];

  private constructor(
    private readonly server: http.Server,
    readonly url: string,
  ) {}

  static async start(): Promise<WebhookReceiver> {
    const server = http.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    const receiver = new WebhookReceiver(server, `http://127.0.0.1:${address.port}`);
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (piece) => (body += piece));
      request.on('end', () => {
        receiver.posts.push({
          target: request.url ?? '',
          headers: request.headers,
          params: Object.fromEntries(new URLSearchParams(body)),
        });
        const status = receiver.answers.shift() ?? 200;
        if (status === -1) request.socket.destroy();
        else if (status > 0) response.writeHead(status, { 'content-type': 'text/xml' }).end('<Response/>');
      });
    });
    return receiver;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
