import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CallFault, ScriptedFaults } from '../../control/scripted-faults.js';
import type { CallRequest, RequestLog } from '../../log/request-log.js';
import { limits } from '../../limits.js';
import { authenticate, type TwilioAccount } from '../account.js';
import { API_VERSION } from '../message.js';
import {
  internalError,
  notFoundError,
  refusalError,
  tooManyRequestsError,
  TwilioError,
} from '../twilio-error.js';
import type { Call, CallStatus } from './call.js';
import type { TwilioCalls, NewOutboundCall } from './twilio-calls.js';
import { toCallResource } from './call-params.js';
import type { TwimlSource } from './twiml-runner.js';

const PHONE_NUMBER = /^\+[1-9]\d{6,14}$/;
const MAX_TWIML_CHARACTERS = 4_000;
const DEFAULT_TIME_LIMIT_S = 14_400;
const PAGE_SIZE = 50;
/** The events that a status callback can subscribe to, and the call status of each. */
const CALLBACK_EVENTS: Record<string, CallStatus> = {
  initiated: 'initiated',
  ringing: 'ringing',
  answered: 'in-progress',
  completed: 'completed',
};

export interface CallsRestDependencies {
  readonly account: TwilioAccount;
  readonly calls: TwilioCalls;
  readonly faults: ScriptedFaults;
  readonly requests: RequestLog;
}

interface AccountPath {
  Params: { accountSid: string };
}
interface CallPath {
  Params: { accountSid: string; file: string };
}

const isUrl = (text: string): boolean => /^https?:\/\//i.test(text) && URL.canParse(text);

function sourceFrom(form: URLSearchParams, purpose: string): TwimlSource | undefined {
  const [url, twiml] = [form.get('Url'), form.get('Twiml')];
  if (twiml !== null) {
    if (twiml.length <= MAX_TWIML_CHARACTERS) return { twiml };
    throw new TwilioError(400, 21250, `Twiml is longer than ${MAX_TWIML_CHARACTERS} characters`);
  }
  if (url === null) return undefined;
  if (!isUrl(url)) throw new TwilioError(400, 21205, `Url is not a valid URL: ${url}`);
  return { url, fallbackUrl: form.get('FallbackUrl') ?? undefined, purpose };
}

/** Validates a create request as Twilio does. Throws {@link TwilioError}. */
function outboundCallFrom(form: URLSearchParams, account: TwilioAccount): NewOutboundCall {
  const [to, from] = [form.get('To') ?? '', form.get('From') ?? ''];
  const refuse = (code: number) => refusalError(code, to, from);
  if (to === '') throw refuse(21201);
  if (!PHONE_NUMBER.test(to)) throw refuse(21211);
  if (from === '') throw refuse(21213);
  if (!account.numbers.includes(from)) throw refuse(21210);
  const source = sourceFrom(form, 'voice');
  if (!source) throw refuse(21205);
  const url = form.get('StatusCallback');
  if (url !== null && !isUrl(url)) {
    throw new TwilioError(400, 21609, `The 'StatusCallback' URL ${url} is not a valid URL.`);
  }
  const asked = form.getAll('StatusCallbackEvent').flatMap((event) => event.split(/[\s,]+/));
  const events = asked.flatMap((event) => CALLBACK_EVENTS[event] ?? []);
  return {
    from,
    to,
    source,
    callback: url === null ? undefined : { url, events: events.length > 0 ? events : ['completed'] },
    timeLimitMs:
      Math.min(DEFAULT_TIME_LIMIT_S, Number(form.get('TimeLimit') ?? DEFAULT_TIME_LIMIT_S)) * 1_000,
    detection:
      form.has('MachineDetection') && !form.has('SendDigits')
        ? {
            isAsync: form.get('AsyncAmd') === 'true',
            callbackUrl: form.get('AsyncAmdStatusCallback'),
          }
        : null,
  };
}

/** Routes of `…/Calls`; they use the error handler of `twilioRoutes`. */
export function callRoutes({ account, calls, faults, requests }: CallsRestDependencies) {
  const resource = (call: Call) => toCallResource(call, account.sid);

  function find(request: FastifyRequest<CallPath>): Call {
    authenticate(account, request.params.accountSid, request.headers.authorization);
    const [, sid = ''] = /^(CA[0-9a-f]{32})\.json$/.exec(request.params.file) ?? [];
    const call = calls.store.find(sid);
    if (!call) throw notFoundError(request.url.replace(/^\/api/, ''));
    return call;
  }

  /** Logs the request and its answer, and applies a scripted fault. */
  function answered<T>(
    kind: CallRequest['kind'],
    form: URLSearchParams,
    callSid: string | null,
    act: (entry: CallRequest) => T,
  ): T {
    const fault = faults.takeForCall(kind === 'twilio.call-create' ? 'create' : 'update');
    const entry = requests.append<CallRequest>((index) => ({
      index,
      kind,
      at: new Date().toISOString(),
      params: Object.fromEntries(form),
      callSid,
      fault: fault?.mode ?? null,
      outcome: 'pending',
      status: null,
      code: null,
    }));
    const finish = (status: number, code: number | null) => {
      Object.assign(entry, { outcome: 'answered', status, code });
      requests.changed();
    };
    try {
      const refused = fault && refusalOf(fault, form);
      if (refused) throw refused;
      const answer = act(entry);
      if (fault?.mode === 'accept-then-500') throw internalError();
      finish(kind === 'twilio.call-create' ? 201 : 200, null);
      return answer;
    } catch (error) {
      if (error instanceof TwilioError) finish(error.status, error.code);
      throw error;
    }
  }

  function update(call: Call, form: URLSearchParams): Record<string, unknown> {
    const status = form.get('Status');
    if (status !== null) {
      if (status !== 'completed' && status !== 'canceled') {
        throw new TwilioError(400, 20001, `Invalid value for parameter 'Status': ${status}`);
      }
      const isRinging = call.answeredAt === null;
      if (call.isOver) return resource(call);
      if (status === 'canceled' && !isRinging) {
        throw new TwilioError(400, 21220, 'Call is already in progress. Cannot cancel.');
      }
      calls.end(call, isRinging ? 'canceled' : 'completed');
      return resource(call);
    }
    const source = sourceFrom(form, 'update');
    if (!source) throw refusalError(21205, '', '');
    if (call.status !== 'in-progress') throw refusalError(21220, '', '');
    void calls.redirect(call, source);
    return resource(call);
  }

  return async function routes(app: FastifyInstance): Promise<void> {
    const path = `/${API_VERSION}/Accounts/:accountSid/Calls`;
    const formOf = (body: unknown) => (body instanceof URLSearchParams ? body : new URLSearchParams());

    app.post<AccountPath>(`${path}.json`, async (request, reply) => {
      authenticate(account, request.params.accountSid, request.headers.authorization);
      const form = formOf(request.body);
      const created = answered('twilio.call-create', form, null, (entry) => {
        const call = calls.startOutbound(outboundCallFrom(form, account));
        entry.callSid = call.sid;
        return resource(call);
      });
      return reply.code(201).send(created);
    });
    app.get<AccountPath>(`${path}.json`, async (request) => {
      authenticate(account, request.params.accountSid, request.headers.authorization);
      const query = new URLSearchParams(request.url.split('?')[1] ?? '');
      const fits = (name: string, value: string) => (query.get(name) ?? value) === value;
      const matching = calls.store
        .since(0)
        .filter(
          ({ details, status }) =>
            fits('To', details.to) && fits('From', details.from) && fits('Status', status),
        );
      const pageSize = wholeNumber(query.get('PageSize'), PAGE_SIZE, 1_000);
      const page = wholeNumber(query.get('Page'), 0, limits.calls);
      const shown = matching.toReversed().slice(page * pageSize, (page + 1) * pageSize);
      const uri = (number: number) => {
        query.set('Page', String(number));
        return `${path.replace(':accountSid', account.sid)}.json?${query.toString()}`;
      };
      return {
        calls: shown.map(resource),
        end: page * pageSize + Math.max(0, shown.length - 1),
        first_page_uri: uri(0),
        next_page_uri: matching.length > (page + 1) * pageSize ? uri(page + 1) : null,
        page,
        page_size: pageSize,
        previous_page_uri: page > 0 ? uri(page - 1) : null,
        start: page * pageSize,
        uri: uri(page),
      };
    });
    app.get<CallPath>(`${path}/:file`, async (request) => resource(find(request)));
    app.post<CallPath>(`${path}/:file`, async (request) => {
      const call = find(request);
      const form = formOf(request.body);
      return answered('twilio.call-update', form, call.sid, () => update(call, form));
    });
  };
}

function wholeNumber(text: string | null, fallback: number, max: number): number {
  return text !== null && /^\d{1,6}$/.test(text) ? Math.min(max, Number(text)) : fallback;
}

function refusalOf(fault: CallFault, form: URLSearchParams): TwilioError | undefined {
  switch (fault.mode) {
    case '429':
      return tooManyRequestsError();
    case '500':
      return internalError();
    case '400':
      return refusalError(fault.code, form.get('To') ?? '', form.get('From') ?? '');
    case 'accept-then-500':
    default:
      return undefined;
  }
}
