import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CreateFault, ScriptedFaults } from '../control/scripted-faults.js';
import type { MessageRequest, RequestLog } from '../log/request-log.js';
import { authenticate, type TwilioAccount } from './account.js';
import { createMessage } from './create-message.js';
import type { DeliveryReports } from './delivery-reports.js';
import { listMedia } from './list-media.js';
import { listMessages } from './list-messages.js';
import { API_VERSION, toMessageResource } from './message.js';
import type { MessageStore } from './message-store.js';
import type { OptOuts } from './opt-outs.js';
import { callRoutes } from './voice/calls.routes.js';
import type { TwilioCalls } from './voice/twilio-calls.js';
import {
  internalError,
  notFoundError,
  refusalError,
  tooManyRequestsError,
  TwilioError,
} from './twilio-error.js';

export interface TwilioRestDependencies {
  readonly account: TwilioAccount;
  readonly store: MessageStore;
  readonly optOuts: OptOuts;
  readonly reports: DeliveryReports;
  readonly calls: TwilioCalls;
  readonly faults: ScriptedFaults;
  readonly requests: RequestLog;
  readonly sleep: (ms: number) => Promise<void>;
}

interface AccountPath {
  Params: { accountSid: string };
}
interface MessagePath {
  Params: { accountSid: string; file: string };
}

interface MediaPath {
  Params: { accountSid: string; sid: string };
}

const pathOf = (request: FastifyRequest): string => request.url.replace(/^\/api/, '').replace(/\?.*$/s, '');

/** Routes of `api.twilio.com` under `/api`; the simulator maps each sub-domain of Twilio to a path segment. */
export function twilioRoutes(rest: TwilioRestDependencies) {
  const { account, store, optOuts } = rest;

  /** Refuses the request, or stores the message and starts its delivery. A fault can accept and still throw. */
  function act(form: URLSearchParams, call: MessageRequest, fault: CreateFault | undefined) {
    if (fault?.mode === '429') throw tooManyRequestsError(fault.retryAfter);
    if (fault?.mode === '500') throw internalError();
    if (fault?.mode === '400') throw refusalError(fault.code, form.get('To') ?? '', form.get('From') ?? '');
    const message = createMessage(form, account, store, optOuts);
    call.messageSid = message.sid;
    const resource = toMessageResource(message, account.sid);
    rest.reports.start(message);
    if (fault?.mode === 'accept-then-500') throw internalError();
    return resource;
  }

  async function create(request: FastifyRequest<AccountPath>, reply: FastifyReply) {
    authenticate(account, request.params.accountSid, request.headers.authorization);
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const fault = rest.faults.takeForCreate(form.get('To') ?? '');
    const call = rest.requests.append<MessageRequest>((index) => ({
      index,
      kind: 'twilio.create',
      at: new Date().toISOString(),
      params: Object.fromEntries(form),
      messageSid: null,
      fault: fault?.mode ?? null,
      outcome: 'pending',
      status: null,
      code: null,
    }));
    const finish = (outcome: MessageRequest['outcome'], status: number | null, code: number | null) => {
      Object.assign(call, { outcome, status, code });
      rest.requests.changed();
    };
    try {
      const resource = act(form, call, fault);
      rest.requests.changed();
      if (fault && fault.delayMs > 0) await rest.sleep(fault.delayMs);
      if (fault?.mode === 'accept-then-reset') {
        finish('reset', null, null);
        reply.hijack();
        request.raw.socket.resetAndDestroy();
        return reply;
      }
      finish('answered', 201, null);
      return await reply.code(201).send(resource);
    } catch (error) {
      if (!(error instanceof TwilioError)) throw error;
      if (fault && fault.delayMs > 0) await rest.sleep(fault.delayMs);
      finish('answered', error.status, error.code);
      throw error;
    }
  }

  return async function routes(app: FastifyInstance): Promise<void> {
    const messages = `/${API_VERSION}/Accounts/:accountSid/Messages`;
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, new URLSearchParams(body.toString())),
    );
    app.setErrorHandler<FastifyError>((error, _request, reply) => {
      const refused = error instanceof TwilioError ? error : badRequest(error);
      return reply.code(refused.status).headers(refused.headers).send(refused.body);
    });
    app.setNotFoundHandler((request, reply) => reply.code(404).send(notFoundError(pathOf(request)).body));

    app.register(callRoutes(rest));
    app.post<AccountPath>(`${messages}.json`, create);
    app.get<AccountPath>(`${messages}.json`, async (request) => {
      authenticate(account, request.params.accountSid, request.headers.authorization);
      const query = new URLSearchParams(request.url.split('?')[1] ?? '');
      const fault = rest.faults.takeForList(query.get('To') ?? '');
      if (fault?.mode === '500') throw internalError();
      const log = fault?.mode === 'empty' ? [] : store.since(0);
      const shown = fault?.mode === 'redacted' ? log.map((message) => ({ ...message, body: '' })) : log;
      return listMessages(shown, query, account.sid);
    });
    app.get<MediaPath>(`${messages}/:sid/Media.json`, async (request) => {
      authenticate(account, request.params.accountSid, request.headers.authorization);
      const message = store.find(request.params.sid);
      if (!message) throw notFoundError(pathOf(request));
      return listMedia(message, account.sid);
    });
    app.get<MessagePath>(`${messages}/:file`, async (request) => {
      authenticate(account, request.params.accountSid, request.headers.authorization);
      const [, sid = ''] = /^((?:SM|MM)[0-9a-f]{32})\.json$/.exec(request.params.file) ?? [];
      const message = store.find(sid);
      if (!message) throw notFoundError(pathOf(request));
      if (rest.faults.takeForFetch(message.to)) throw internalError();
      return toMessageResource(message, account.sid);
    });
  };
}

/** Converts an error of Fastify, such as an unknown content type, to a 400; any other error is a bug and becomes a 500. */
function badRequest(error: FastifyError): TwilioError {
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new TwilioError(error.statusCode, 20001, error.message);
  }
  console.error(error);
  return internalError();
}
