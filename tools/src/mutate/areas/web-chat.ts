import type { Mutation } from '../mutation.js';

const TOKENS = 'apps/sms-gateway/src/web-chat/session/chat-tokens.ts';
const ADAPTER = 'apps/sms-gateway/src/web-chat/sockets/adapters/chat-ws-adapter.ts';
const CONNECTION = 'apps/sms-gateway/src/web-chat/sockets/chat-connection.ts';
const DRAFT = 'apps/sms-gateway/src/web-chat/sockets/draft.ts';
const OPEN_CHAT = 'apps/sms-gateway/src/web-chat/sockets/open-chat.ts';
const RECEIVE = 'apps/sms-gateway/src/web-chat/messages/receive-web-message.ts';
const STORE = 'apps/sms-gateway/src/web-chat/messages/adapters/postgres-chat-store.ts';
const READER = 'apps/agent-orchestrator/src/channels/web/adapters/postgres-chat-reader.ts';
const ASK_MODEL = 'apps/agent-orchestrator/src/replies/ask-model.ts';

const TOKENS_SPEC = 'apps/sms-gateway/src/web-chat/session/chat-tokens.spec.ts';
const CONNECTION_SPEC = 'apps/sms-gateway/src/web-chat/sockets/chat-connection.spec.ts';
const DRAFT_SPEC = 'apps/sms-gateway/src/web-chat/sockets/draft.spec.ts';
const SOCKETS_SPEC = 'apps/sms-gateway/src/web-chat/web-chat.int.spec.ts';
const CHANNEL_SPEC = 'apps/agent-orchestrator/src/channels/web/web-channel.int.spec.ts';

/** Tokens, messages that are stored once, and clients that get each message once. */
export const webChatMutations: readonly Mutation[] = [
  {
    name: 'an expired chat token opens the chat',
    file: TOKENS,
    from: 'return session && session.expiresAt > now ? session : undefined;',
    to: 'return session;',
    specs: [TOKENS_SPEC],
  },
  {
    name: 'an altered chat token opens the chat',
    file: TOKENS,
    from: 'some((own) => isSame(own, signature))',
    to: 'some(() => true)',
    specs: [TOKENS_SPEC],
  },
  {
    name: 'a token of another audience opens the chat',
    file: TOKENS,
    from: 'if (aud !== AUDIENCE || !threadId',
    to: 'if (!threadId',
    specs: [TOKENS_SPEC],
  },
  {
    name: 'a page of another origin opens a chat socket',
    file: ADAPTER,
    from: 'if (!this.#origins.allows(origin)) decide(false, 403);',
    to: 'if (false) decide(false, 403);',
    specs: [SOCKETS_SPEC],
    tests: 'another origin',
  },
  {
    name: 'a web message that is sent again is counted again',
    file: RECEIVE,
    from: 'if (!recorded) throw new RollBack(undefined);',
    to: 'if (!recorded) return undefined;',
    specs: [SOCKETS_SPEC],
    tests: 'with one clientMessageId, on any socket',
  },
  {
    name: 'a web message is accepted without its fact',
    file: RECEIVE,
    from: 'await this.outbox.add(tx, { contract: WebMessageReceived, data });',
    to: 'void data;',
    specs: [SOCKETS_SPEC],
    tests: 'accepted once it is stored',
  },
  {
    name: 'another text with a known client message id is accepted',
    file: STORE,
    from: 'includes(found.textIndex)',
    to: "includes(found.textIndex) || found.textIndex !== ''",
    specs: [SOCKETS_SPEC],
    tests: 'another text with a known',
  },
  {
    name: 'a client that resumes again gets the page of its former position',
    file: CONNECTION,
    from: 'if (page !== undefined && resumes === this.#resumes) await this.#pass(page);',
    to: 'if (page !== undefined) await this.#pass(page);',
    specs: [CONNECTION_SPEC],
  },
  {
    name: 'a chat that begins later loses messages before the newest',
    file: CONNECTION,
    from: "else if (this.#position === 'newest') this.#position = { seq: 0 };",
    to: '',
    specs: [CONNECTION_SPEC],
  },
  {
    name: 'the next page is read before the client has taken the one before',
    file: CONNECTION,
    from: 'await this.output.send(messages.map',
    to: 'void this.output.send(messages.map',
    specs: [CONNECTION_SPEC],
  },
  {
    name: 'a part of a draft is shown after a lost one',
    file: DRAFT,
    from: 'if (!this.#isWhole || text',
    to: 'if (text',
    specs: [DRAFT_SPEC],
  },
  {
    name: 'a message whose event was lost is never looked for',
    file: OPEN_CHAT,
    from: 'if (now >= this.#pollAt) {',
    to: 'if (now < 0) {',
    specs: [SOCKETS_SPEC],
    tests: 'whose event was lost',
  },
  {
    name: 'the position in another conversation skips messages',
    file: READER,
    from: 'CASE WHEN thread.conversation_id = $3 THEN $4 ELSE 0 END',
    to: 'CASE WHEN true OR thread.conversation_id = $3 THEN $4 ELSE 0 END',
    specs: [CHANNEL_SPEC],
    tests: 'read from a position',
  },
  {
    name: 'a reply that broke off in web chat is not asked for again',
    file: ASK_MODEL,
    from: 'const isFinal = isPassedOn && onRestart === undefined;',
    to: 'const isFinal = isPassedOn;',
    specs: ['apps/agent-orchestrator/src/replies/ask-model.spec.ts'],
  },
];
