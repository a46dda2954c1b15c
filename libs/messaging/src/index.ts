export type { EncodedMessage, MessageHeaders } from './codec/envelope.js';
export { MessageCodec, sourceOf } from './codec/message-codec.js';
export { ContractViolationError, PublishRefusedError } from './errors.js';
export { FailedMessages, type FailedMessage } from './failed-messages.js';
export { DurableHandlers } from './jetstream/durable-handlers.js';
export { OnCommand, OnFact } from './jetstream/handlers.js';
export {
  JetStreamPublisher,
  type PublishableMessage,
  type PublishReceipt,
} from './jetstream/jetstream-publisher.js';
export { MessageHandling } from './jetstream/message-handling.js';
export { MessageContext } from './jetstream/message-context.js';
export { StreamProgress, type StreamState } from './jetstream/stream-progress.js';
export { Topology } from './jetstream/topology.js';
export { AnswersLive, OnLive } from './live/answers-live.js';
export type { LiveAnswer } from './live/live-answer.js';
export { LiveClient, type AskOptions, type LivePart } from './live/live-client.js';
export { LiveServer } from './live/live-server.js';
export { NatsLink } from './link/nats-link.js';
export { Answers } from './rpc/answers.js';
export { RpcClient } from './rpc/rpc-client.js';
export { mayRpcSucceedLater, RpcFailure, RpcUnavailableError } from './rpc/rpc-errors.js';
export { connectMessaging, MessagingModule } from './messaging.module.js';
