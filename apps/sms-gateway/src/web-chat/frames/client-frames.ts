import { ConversationId } from '@parley/contracts';
import { z } from 'zod';
import { chatText } from './chat-text.js';

/** The client's own id of a message: the same id is the same message. */
export const ClientMessageId = z
  .string()
  .regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 printable ASCII characters without spaces');

/** A frame from a client of the sub-protocol `parley.chat.v1`. */
export const ClientFrame = z.discriminatedUnion('type', [
  z
    .object({
      type: z.literal('resume'),
      conversationId: ConversationId.optional().describe('The conversation that `lastSeq` is in'),
      lastSeq: z
        .int()
        .min(0)
        .optional()
        .describe('The last message that the client has; 0 for all. Without it, the newest messages follow'),
    })
    .describe('Asks for the messages after a position, and for all later ones'),
  z
    .object({ type: z.literal('message'), clientMessageId: ClientMessageId, text: chatText })
    .describe('The person writes'),
  z.object({ type: z.literal('ping') }).describe('Asks for a pong'),
]);
export type ClientFrame = z.output<typeof ClientFrame>;

/** A client frame that was read, or the reason why it was refused. */
export type ParsedFrame =
  | { kind: 'frame'; frame: ClientFrame }
  /** The client uses a newer version of the protocol. */
  | { kind: 'unknown-type' }
  | { kind: 'malformed'; clientMessageId?: string | undefined; detail: string };

const AnyFrame = z.object({ type: z.string(), clientMessageId: ClientMessageId.optional().catch(undefined) });

export function readClientFrame(text: string): ParsedFrame {
  const json = parsed(text);
  const known = ClientFrame.safeParse(json);
  if (known.success) return { kind: 'frame', frame: known.data };
  const any = AnyFrame.safeParse(json).data;
  if (!any) return { kind: 'malformed', detail: 'A frame is a JSON object with a type' };
  if (!TYPES.has(any.type)) return { kind: 'unknown-type' };
  const { clientMessageId } = any;
  return { kind: 'malformed', clientMessageId, detail: z.prettifyError(known.error) };
}

const TYPES: ReadonlySet<string> = new Set(ClientFrame.options.map(({ shape }) => shape.type.value));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
