import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { limits } from '../limits.js';
import type { TwilioAccount } from '../twilio/account.js';
import type { CallDesk } from '../twilio/voice/call-desk.js';
import { Callee, type Callees } from '../twilio/voice/callees.js';
import { type VoiceSettings, VoiceSettingsChange } from '../voice-settings.js';
import { callActionRoutes } from './call-actions.routes.js';
import { callLogRoutes } from './call-logs.routes.js';
import { type CallPath, callOf } from './call-of.js';
import { viewOf } from './call-view.js';
import { answerError, ControlError, LogQuery, pace, parse, read, unspaced } from './control-request.js';

export interface CallControlParts {
  readonly account: TwilioAccount;
  readonly desk: CallDesk;
  readonly callees: Callees;
  readonly settings: VoiceSettings;
  readonly voiceUrl: string | undefined;
  readonly voiceFallbackUrl: string | undefined;
  readonly voiceStatusUrl: string | undefined;
}

const HttpUrl = z.url({ protocol: /^https?$/ });

const IncomingCall = z.strictObject({
  from: z.string().min(1),
  to: z.string().min(1).optional(),
  url: HttpUrl.optional(),
  params: z.record(z.string(), z.string()).default({}),
  signed: z.boolean().default(true),
  pace,
  failedHandshake: z.enum(['next-verb', 'hang-up']).optional(),
  streamSidFirst: z.boolean().default(false),
});

const CallsQuery = LogQuery.extend({
  direction: z.enum(['inbound', 'outbound-api']).optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  status: z.string().optional(),
});

/** How tests and a terminal program hold phone calls: registered under `/control`. */
export function callControlRoutes(parts: CallControlParts) {
  const { desk, account, callees, settings } = parts;

  return async function routes(app: FastifyInstance): Promise<void> {
    app.setErrorHandler(answerError);

    app.get('/voice', async () => settings.view);
    app.post('/voice', async (request) => {
      settings.change(parse(VoiceSettingsChange, request.body));
      return settings.view;
    });

    app.get('/callees', async () => ({ callees: callees.active }));
    app.post('/callees', async (request, reply) => {
      if (!callees.add(parse(Callee, request.body))) {
        throw new ControlError([{ path: '', message: `more than ${limits.callees} callees` }]);
      }
      return reply.code(201).send({ callees: callees.active });
    });
    app.delete('/callees', async (_request, reply) => {
      callees.clear();
      return reply.code(204).send();
    });

    app.post('/calls', async (request, reply) => {
      const incoming = parse(IncomingCall, request.body);
      const to = incoming.to ?? account.numbers[0] ?? '';
      const url = incoming.url ?? parts.voiceUrl;
      if (!account.numbers.includes(to)) {
        throw new ControlError([{ path: 'to', message: `not a number of this account: ${to}` }]);
      }
      if (url === undefined) {
        throw new ControlError([
          { path: 'url', message: 'SIMULATOR_VOICE_WEBHOOK_URL is not set: give a url' },
        ]);
      }
      const call = desk.receive({
        ...incoming,
        to,
        url,
        fallbackUrl: parts.voiceFallbackUrl,
        statusUrl: parts.voiceStatusUrl,
      });
      return reply.code(201).send(viewOf(call));
    });
    app.get('/calls', async (request) => {
      const query = parse(CallsQuery, request.query);
      const [from, to] = [unspaced(query.from), unspaced(query.to)];
      const { entries, next } = await read(
        desk.store,
        query,
        ({ is, status }) =>
          (query.direction ?? is.direction) === is.direction &&
          (from ?? is.from) === is.from &&
          (to ?? is.to) === is.to &&
          (query.status ?? status) === status,
      );
      return { calls: entries.map(viewOf), next };
    });
    app.get<CallPath>('/calls/:sid', async (request) => viewOf(callOf(desk, request)));

    app.register(callActionRoutes(desk));
    app.register(callLogRoutes(desk));
  };
}
