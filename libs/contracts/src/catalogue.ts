import { AgentChanged } from './agents/agent-changed.js';
import { ListAgents } from './agents/agent-requests.js';
import { AppendMessage } from './conversations/append-message.js';
import {
  ContactMerged,
  ContactOptedIn,
  ContactOptedOut,
  IdentityLinked,
  IdentityUnlinked,
} from './conversations/contact-events.js';
import {
  ConversationClosed,
  ConversationCreated,
  ConversationFlagged,
  ConversationMerged,
} from './conversations/conversation-events.js';
import {
  GetConversation,
  GetMessage,
  GetTextAddress,
  ListConversations,
  ListMessages,
} from './conversations/conversation-requests.js';
import { ListEvents } from './conversations/event-log.js';
import {
  MessageDelivered,
  MessageFailed,
  MessageQueued,
  MessageRead,
  MessageReceived,
  MessageSent,
  MessageUnconfirmed,
  MessageUndelivered,
} from './conversations/message-events.js';
import { TurnCompleted, TurnFailed, TurnStarted } from './conversations/turn-events.js';
import type { LiveContract, LiveRequestContract } from './define-live.js';
import type { Contract, RequestContract } from './define.js';
import { deadLetters } from './dead-letters.js';
import { inboxMissingRequests } from './inbox-missing.js';
import { SERVICES, type ServiceName } from './services.js';
import { ConsentChanged } from './sms/consent-changed.js';
import { SmsLoopDetected } from './sms/sms-loop-detected.js';
import { SendSms } from './sms/send-sms.js';
import { SmsReceived } from './sms/sms-received.js';
import { SmsStatusChanged } from './sms/sms-status-changed.js';
import { CheckConsent, OpenTextThread } from './sms/texting-requests.js';
import { CodeStatusChanged } from './verification/code-status-changed.js';
import { SendCode } from './verification/send-code.js';
import { VerificationChanged } from './verification/verification-changed.js';
import {
  VerificationApproved,
  VerificationBlocked,
  VerificationExpired,
  VerificationFailed,
  VerificationSent,
  VerificationStarted,
} from './verification/verification-events.js';
import {
  CancelVerification,
  CheckVerification,
  GetVerification,
  ResendVerification,
  StartVerification,
} from './verification/verification-requests.js';
import {
  CallAnswered,
  CallEnded,
  CallFailed,
  CallInitiated,
  CallInterrupted,
  CallRinging,
  CallTurnCompleted,
} from './voice/call-events.js';
import { CallStateChanged, SpokenTurnCompleted } from './voice/call-facts.js';
import { GetCall, GetCallTranscript, HangUpCall, ListCalls } from './voice/call-requests.js';
import { CallAlive, CancelVoiceTurn, VoiceTurn } from './voice/voice-turn.js';
import { ChatProgress } from './web/chat-progress.js';
import { GetChatThread, ReadChat } from './web/chat-requests.js';
import { WebMessageReceived } from './web/web-message-received.js';

/** All durable messages. Streams, consumers and NATS permissions follow from this list. */
export const catalogue: readonly Contract[] = [
  SmsReceived,
  SmsStatusChanged,
  ConsentChanged,
  SmsLoopDetected,
  SendSms,
  WebMessageReceived,
  AppendMessage,
  CallStateChanged,
  SpokenTurnCompleted,
  AgentChanged,
  VerificationChanged,
  SendCode,
  CodeStatusChanged,
  ConversationCreated,
  ConversationFlagged,
  ConversationClosed,
  ConversationMerged,
  MessageReceived,
  MessageQueued,
  MessageUnconfirmed,
  MessageSent,
  MessageDelivered,
  MessageRead,
  MessageUndelivered,
  MessageFailed,
  TurnStarted,
  TurnCompleted,
  TurnFailed,
  ContactOptedOut,
  ContactOptedIn,
  ContactMerged,
  IdentityLinked,
  IdentityUnlinked,
  CallInitiated,
  CallRinging,
  CallAnswered,
  CallTurnCompleted,
  CallInterrupted,
  CallEnded,
  CallFailed,
  VerificationStarted,
  VerificationSent,
  VerificationApproved,
  VerificationFailed,
  VerificationExpired,
  VerificationBlocked,
];

/** The services that consume messages, and so have an inbox and dead letters. */
export const consumingServices: readonly ServiceName[] = SERVICES.filter((service) =>
  catalogue.some(({ consumers }) => consumers.includes(service)),
);

/** All requests. */
export const requests: readonly RequestContract[] = [
  ListConversations,
  GetConversation,
  ListMessages,
  GetMessage,
  GetTextAddress,
  ReadChat,
  GetChatThread,
  ListAgents,
  CheckConsent,
  OpenTextThread,
  ListCalls,
  GetCall,
  GetCallTranscript,
  HangUpCall,
  ListEvents,
  StartVerification,
  CheckVerification,
  ResendVerification,
  CancelVerification,
  GetVerification,
  ...consumingServices.flatMap((service) => [
    inboxMissingRequests[service],
    ...Object.values(deadLetters[service]),
  ]),
];

/** All live messages. */
export const liveMessages: readonly LiveContract[] = [CancelVoiceTurn, CallAlive, ChatProgress];

/** All live requests, whose answers arrive in parts. */
export const liveRequests: readonly LiveRequestContract[] = [VoiceTurn];
