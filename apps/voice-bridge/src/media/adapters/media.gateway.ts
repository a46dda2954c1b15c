import type { IncomingMessage } from 'node:http';
import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { CallSessions } from '../../session/call-sessions.js';
import { admittedCallOf, MEDIA_PATH, mediaSocketOptions } from './media-ws-adapter.js';
import { MediaSocket } from './media-socket.js';

/** Connects admitted media sockets to call sessions. */
@WebSocketGateway({ path: MEDIA_PATH, ...mediaSocketOptions })
export class MediaGateway implements OnGatewayConnection<WebSocket> {
  constructor(private readonly sessions: CallSessions) {}

  handleConnection(socket: WebSocket, _request: IncomingMessage): void {
    const admitted = admittedCallOf(socket);
    if (!admitted) return socket.close(1008, 'not admitted');
    // Checked again, because many sockets may have been admitted at the same moment.
    if (this.sessions.isClosing) return socket.close(1001, 'closing');
    if (this.sessions.isFull) return socket.close(1013, 'full');
    const media = new MediaSocket(socket, admitted.connection);
    media.attach(this.sessions.open(admitted, media));
  }
}
