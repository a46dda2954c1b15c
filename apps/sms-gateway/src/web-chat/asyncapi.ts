import { z } from 'zod';
import { ClientFrame } from './frames/client-frames.js';
import { ServerFrame } from './frames/server-frames.js';

const CHANNEL = 'chat';

/** The frames of one direction, each a schema with a literal `type`. */
type Frames = readonly z.ZodObject<{ type: z.ZodLiteral<string> } & z.core.$ZodShape>[];

/** Describes the sub-protocol of web chat (AsyncAPI 3) from the schemas of its frames. */
export function asyncApiOf(publicUrl: string): object {
  const { protocol, host, pathname } = new URL(publicUrl);
  const fromClient = messagesOf('client', ClientFrame.options, 'input');
  const fromServer = messagesOf('server', ServerFrame.options, 'output');
  const messages = { ...fromClient, ...fromServer };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley web chat',
      version: '1',
      description:
        'The WebSocket sub-protocol parley.chat.v1. Each frame is one JSON object in a text frame.',
    },
    servers: {
      gateway: {
        host,
        protocol: protocol === 'https:' ? 'wss' : 'ws',
        pathname: `${pathname.replace(/\/$/, '')}/v1/chat`,
        description: 'Name two sub-protocols: parley.chat.v1 and the token of a session',
      },
    },
    channels: {
      [CHANNEL]: {
        address: '/v1/chat',
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
      },
    },
    operations: {
      receiveFrames: operation('receive', 'The client sends', Object.keys(fromClient)),
      sendFrames: operation('send', 'The server sends', Object.keys(fromServer)),
    },
    components: { messages },
  };
}

function messagesOf(from: 'client' | 'server', frames: Frames, io: 'input' | 'output') {
  return Object.fromEntries(
    frames.map((frame) => {
      const type = frame.shape.type.value;
      const {
        $schema: _,
        description: summary,
        ...payload
      } = z.toJSONSchema(frame, { io, unrepresentable: 'any' });
      return [`${from}.${type}`, { name: type, summary, contentType: 'application/json', payload }];
    }),
  );
}

function operation(action: 'send' | 'receive', summary: string, names: readonly string[]) {
  return {
    action,
    summary,
    channel: { $ref: `#/channels/${CHANNEL}` },
    messages: names.map((name) => ({ $ref: `#/channels/${CHANNEL}/messages/${name}` })),
  };
}
