import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { limits } from '../limits.js';
import type { TwilioAccount } from '../twilio/account.js';
import type { TwilioCalls } from '../twilio/voice/twilio-calls.js';
import { CalleeScript, type Callees } from '../twilio/voice/callees.js';
import { type VoiceSettings, VoiceSettingsChange } from '../voice-settings.js';
import { callActionRoutes } from './call-actions.routes.js';
import { callLogRoutes } from './call-logs.routes.js';
import { type CallPath, findCall } from './find-call.js';
import { callView } from './call-view.js';
import {
  sendControlError,
  ControlError,
  LogQuery,
  paceSchema,
  parseRequest,
  readLog,
  restorePlus,
} from './control-request.js';

export interface CallControlDependencies {
  readonly account: TwilioAccount;
  readonly calls: TwilioCalls;
  readonly callees: Callees;
  readonly settings: VoiceSettings;
  readonly voiceUrl: string | undefined;
  readonly voiceFallbackUrl: string | undefined;
  readonly voiceStatusUrl: string | undefined;
}

const HttpUrl = z.url({ protocol: /^https?$/ });

const NewInboundCall = z.strictObject({
  from: z.string().min(1),
  to: z.string().min(1).optional(),
  url: HttpUrl.optional(),
  params: z.record(z.string(), z.string()).default({}),
  signed: z.boolean().default(true),
  pace: paceSchema,
  failedHandshake: z.enum(['next-verb', 'hang-up']).optional(),
  streamSidFirst: z.boolean().default(false),
});

const CallsQuery = LogQuery.extend({
  direction: z.enum(['inbound', 'outbound-api']).optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  status: z.string().optional(),
});

/** Routes under `/control` with which tests and `npm run call` make phone calls. */
export function callControlRoutes(parts: CallControlDependencies) {
  const { calls, account, callees, settings } = parts;

  return async function routes(app: FastifyInstance): Promise<void> {
    app.setErrorHandler(sendControlError);

    app.get('/voice', async () => settings.view);
    app.post('/voice', async (request) => {
      settings.change(parseRequest(VoiceSettingsChange, request.body));
      return settings.view;
    });

    app.get('/callees', async () => ({ callees: callees.active }));
    app.post('/callees', async (request, reply) => {
      if (!callees.add(parseRequest(CalleeScript, request.body))) {
        throw new ControlError([
          {
            path: '',
            message: `There are already ${limits.callees} callees: send DELETE /control/callees first`,
          },
        ]);
      }
      return reply.code(201).send({ callees: callees.active });
    });
    app.delete('/callees', async (_request, reply) => {
      callees.clear();
      return reply.code(204).send();
    });

    app.post('/calls', async (request, reply) => {
      const incoming = parseRequest(NewInboundCall, request.body);
      const to = incoming.to ?? account.numbers[0] ?? '';
      const url = incoming.url ?? parts.voiceUrl;
      if (!account.numbers.includes(to)) {
        throw new ControlError([{ path: 'to', message: `${to} is not a number of this account` }]);
      }
      if (url === undefined) {
        throw new ControlError([
          { path: 'url', message: 'SIMULATOR_VOICE_WEBHOOK_URL is not set: pass a url' },
        ]);
      }
      const call = calls.startInbound({
        ...incoming,
        to,
        url,
        fallbackUrl: parts.voiceFallbackUrl,
        statusUrl: parts.voiceStatusUrl,
      });
      return reply.code(201).send(callView(call));
    });
    app.get('/calls', async (request) => {
      const query = parseRequest(CallsQuery, request.query);
      const [from, to] = [restorePlus(query.from), restorePlus(query.to)];
      const { entries, next } = await readLog(
        calls.store,
        query,
        ({ details, status }) =>
          (query.direction ?? details.direction) === details.direction &&
          (from ?? details.from) === details.from &&
          (to ?? details.to) === details.to &&
          (query.status ?? status) === status,
      );
      return { calls: entries.map(callView), next };
    });
    app.get<CallPath>('/calls/:sid', async (request) => callView(findCall(calls, request)));

    app.register(callActionRoutes(calls));
    app.register(callLogRoutes(calls));
  };
}
