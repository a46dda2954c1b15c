import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { limits } from '../limits.js';
import { type RequestLog, requestKinds } from '../log/request-log.js';
import { searchableText } from '../model/chat.js';
import type { ModelRequestLog } from '../model/model.routes.js';
import { type ModelBehaviour, ModelScript } from '../model/model-script.js';
import type { TwilioAccount } from '../twilio/account.js';
import type { InboundMessages } from '../twilio/inbound-messages.js';
import type { Message } from '../twilio/message.js';
import type { MessageStore } from '../twilio/message-store.js';
import {
  sendControlError,
  ControlError,
  LogQuery,
  parseRequest,
  readLog,
  restorePlus,
} from './control-request.js';
import { Fault, type ScriptedFaults } from './scripted-faults.js';

export interface ControlDependencies {
  readonly account: TwilioAccount;
  readonly messages: MessageStore;
  readonly requests: RequestLog;
  readonly modelRequests: ModelRequestLog;
  readonly inbound: InboundMessages;
  readonly faults: ScriptedFaults;
  readonly model: ModelBehaviour;
  readonly smsWebhookUrl: string | undefined;
  readonly smsFallbackUrl: string | undefined;
  /** Restores the state that the simulator had when it started. */
  readonly reset: () => void;
}

const HttpUrl = z.url({ protocol: /^https?$/ });

const InboundRequest = z.strictObject({
  from: z.string().min(1),
  to: z.string().min(1).optional(),
  body: z.string(),
  messageSid: z
    .string()
    .regex(/^(SM|MM)[0-9a-f]{32}$/, 'must be SM or MM and 32 hexadecimal digits')
    .optional(),
  params: z.record(z.string(), z.string()).default({}),
  signed: z.boolean().default(true),
  /** The time at which the person sent the text, if it is reported late. Default: now. */
  sentAt: z.iso.datetime().optional(),
  url: HttpUrl.optional(),
});

const MessagesQuery = LogQuery.extend({
  to: z.string().optional(),
  from: z.string().optional(),
  direction: z.enum(['inbound', 'outbound', 'outbound-api', 'outbound-reply']).optional(),
  status: z.string().optional(),
});
const RequestsQuery = LogQuery.extend({
  kind: z.enum(requestKinds).optional(),
  outcome: z.enum(['pending', 'answered', 'reset', 'connect-failed', 'read-failed']).optional(),
  messageSid: z.string().optional(),
  callSid: z.string().optional(),
});
const ModelRequestsQuery = LogQuery.extend({
  /** Matches prompts with this string in a message or in the arguments of a tool call. */
  contains: z.string().optional(),
  outcome: z.enum(['pending', 'answered', 'error', 'died', 'aborted']).optional(),
});

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function view({ idempotencyToken: _token, createdAt, updatedAt, sentAt, ...message }: Message) {
  return { ...message, createdAt: iso(createdAt), updatedAt: iso(updatedAt), sentAt: iso(sentAt) };
}

/** Routes under `/control` with which tests and tools send texts, script faults and the model, and read the logs. */
export function controlRoutes(parts: ControlDependencies) {
  return async function routes(app: FastifyInstance): Promise<void> {
    app.setErrorHandler(sendControlError);

    app.post('/inbound-sms', async (request) => {
      const text = parseRequest(InboundRequest, request.body);
      const to = text.to ?? parts.account.numbers[0] ?? '';
      const url = text.url ?? parts.smsWebhookUrl;
      if (!parts.account.numbers.includes(to)) {
        throw new ControlError([{ path: 'to', message: `${to} is not a number of this account` }]);
      }
      if (url === undefined) {
        throw new ControlError([
          { path: 'url', message: 'SIMULATOR_SMS_WEBHOOK_URL is not set: pass a url' },
        ]);
      }
      return parts.inbound.receive({ ...text, to, url, fallbackUrl: parts.smsFallbackUrl });
    });

    app.get('/messages', async (request) => {
      const query = parseRequest(MessagesQuery, request.query);
      const [to, from] = [restorePlus(query.to), restorePlus(query.from)];
      const { entries, next } = await readLog(
        parts.messages,
        query,
        (message) =>
          (to ?? message.to) === message.to &&
          (from ?? message.from) === message.from &&
          message.direction.startsWith(query.direction ?? '') &&
          (query.status ?? message.status) === message.status,
      );
      return { messages: entries.map(view), next };
    });

    app.get('/requests', async (request) => {
      const query = parseRequest(RequestsQuery, request.query);
      const { entries, next } = await readLog(
        parts.requests,
        query,
        (entry) =>
          (query.kind ?? entry.kind) === entry.kind &&
          (query.outcome ?? entry.outcome) === entry.outcome &&
          (query.messageSid === undefined ||
            ('messageSid' in entry && entry.messageSid === query.messageSid)) &&
          (query.callSid === undefined || ('callSid' in entry && entry.callSid === query.callSid)),
      );
      return { requests: entries, next };
    });

    app.get('/faults', async () => ({ faults: parts.faults.active }));
    app.post('/faults', async (request, reply) => {
      const fault = parseRequest(Fault, request.body);
      if (!parts.faults.add(fault)) {
        throw new ControlError([
          {
            path: '',
            message: `There are already ${limits.faults} faults: send DELETE /control/faults first`,
          },
        ]);
      }
      return reply.code(201).send({ faults: parts.faults.active });
    });
    app.delete('/faults', async (_request, reply) => {
      parts.faults.clear();
      return reply.code(204).send();
    });

    app.get('/model', async () => parts.model.current);
    app.post('/model', async (request) => {
      parts.model.set(parseRequest(ModelScript, request.body));
      return parts.model.current;
    });
    app.get('/model/requests', async (request) => {
      const query = parseRequest(ModelRequestsQuery, request.query);
      const { entries, next } = await readLog(
        parts.modelRequests,
        query,
        (entry) =>
          (query.outcome ?? entry.outcome) === entry.outcome &&
          (query.contains === undefined ||
            entry.request.messages.some((message) => searchableText(message).includes(query.contains!))),
      );
      return { requests: entries, next };
    });

    app.post('/reset', async (_request, reply) => {
      parts.reset();
      return reply.code(204).send();
    });
  };
}
