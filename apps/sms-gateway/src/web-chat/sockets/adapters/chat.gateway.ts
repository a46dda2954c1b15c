import type { IncomingMessage } from 'node:http';
import { Inject } from '@nestjs/common';
import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../../recovery-times.js';
import { ReceiveWebMessage } from '../../messages/receive-web-message.js';
import { ChatTokens } from '../../session/chat-tokens.js';
import { OpenChats } from '../open-chats.js';
import { ServeClient } from '../serve-client.js';
import { ChatSocket } from './chat-socket.js';
import { CHAT_PATH, CHAT_PROTOCOL, chatSocketOptions, protocolsOf } from './chat-ws-adapter.js';

const REFUSALS = {
  'token-invalid': 4401,
  'too-many-tabs': 4429,
  draining: 1012,
  full: 1013,
} as const;

/**
 * GET /v1/chat → a client's socket. A refusal closes the socket with a code, because a browser cannot read the status of
 * a refused upgrade.
 */
@WebSocketGateway({ path: CHAT_PATH, ...chatSocketOptions })
export class ChatGateway implements OnGatewayConnection<WebSocket> {
  constructor(
    private readonly tokens: ChatTokens,
    private readonly chats: OpenChats,
    private readonly receiveWebMessage: ReceiveWebMessage,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {}

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    const token = Array.from(protocolsOf(request)).find((name) => name !== CHAT_PROTOCOL);
    const session = this.tokens.read(token ?? '', new Date());
    if (!session) return refuse(socket, 'token-invalid');
    const output = new ChatSocket(socket, this.times.chatSlowReaderMs);
    const opened = this.chats.open(session, output);
    if (typeof opened === 'string') return refuse(socket, opened);
    const { chat, connection } = opened;
    const client = new ServeClient(chat, connection, this.receiveWebMessage);
    output.listen(
      (text) => client.receive(text),
      () => connection.closed(),
    );
    void output.send([{ type: 'ready', expiresAt: session.expiresAt.toISOString() }]);
  }
}

function refuse(socket: WebSocket, reason: keyof typeof REFUSALS): void {
  socket.close(REFUSALS[reason], reason);
}
