import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** Forwards an upgrade request unchanged, and then every byte in both directions. */
export function forwardUpgrade(
  received: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  upstream: (path: string) => string | undefined,
): void {
  const target = upstream(received.url ?? '/');
  if (!target) return refuse(socket);
  const { hostname, port } = new URL(target);
  const other = connect(Number(port), hostname, () => {
    const headers = received.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [`${name}: ${all[index + 1]}\r\n`] : [],
    );
    other.write(`${received.method} ${received.url} HTTP/1.1\r\n${headers.join('')}\r\n`);
    other.write(head);
    socket.pipe(other).pipe(socket);
  });
  const end = (): void => {
    socket.destroy();
    other.destroy();
  };
  for (const side of [socket, other]) side.on('error', end).on('close', end);
}

function refuse(socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n', () => socket.destroy());
}
