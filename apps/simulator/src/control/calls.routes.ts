import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { limits } from '../limits.js';
import type { TwilioAccount } from '../twilio/account.js';
import type { Call } from '../twilio/voice/call.js';
import type { CallDesk } from '../twilio/voice/call-desk.js';
import { type CallEvent, callEventKinds } from '../twilio/voice/call-events.js';
import { textOfHeard, turnsOf } from '../twilio/voice/call-turns.js';
import { Callee, type Callees } from '../twilio/voice/callees.js';
import { type VoiceSettings, VoiceSettingsChange } from '../voice-settings.js';
import { answerError, ControlError, LogQuery, parse, read, unspaced } from './control-request.js';

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
const pace = z.number().min(0.25).max(20).optional();
const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

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
const Say = z.strictObject({
  text: z.string().regex(/\S/, 'some words').max(limits.spokenTextChars),
  pace,
  wait: z.boolean().default(true),
});
const Noise = z.strictObject({
  ms: z.int().min(20).max(limits.noiseMs),
  wait: z.boolean().default(true),
});
const Dtmf = z.strictObject({ digits: z.string().regex(/^[0-9A-D*#]{1,100}$/) });
const DropSocket = z.strictObject({ next: z.enum(['verb', 'nothing']).default('verb') });
const SecondSocket = z.strictObject({
  olderCarriesAudio: z.boolean().default(false),
  olderCloseEnds: z.boolean().default(false),
});
const Stall = z.strictObject({ ms: z.int().min(20).max(limits.waitMs) });
const SkipAudio = z.strictObject({ ms: z.int().min(20).max(limits.waitMs) });
const Echo = z.union([
  z.strictObject({ delayMs: z.int().min(20).max(limits.echoMs) }),
  z.strictObject({ off: z.literal(true) }),
]);

const CallsQuery = LogQuery.extend({
  direction: z.enum(['inbound', 'outbound-api']).optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  status: z.string().optional(),
});
const HeardQuery = LogQuery.extend({ text: z.string().optional() });
const EventsQuery = LogQuery.extend({ kind: z.enum(callEventKinds).optional() });
const AllEventsQuery = EventsQuery.extend({ callSid: z.string().optional(), follow: flag });

interface CallPath {
  Params: { sid: string };
}

const round = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));

function view(call: Call) {
  const sinceBirth = (at: number | null) => (at === null ? null : at - call.createdAt);
  return {
    callSid: call.sid,
    direction: call.is.direction,
    from: call.is.from,
    to: call.is.to,
    status: call.status,
    answeredBy: call.answeredBy,
    createdAt: new Date(call.createdAt).toISOString(),
    answeredMs: sinceBirth(call.answeredAt),
    endedMs: sinceBirth(call.endedAt),
    speaking: call.mouth.speaking,
    playing: call.ear.playing,
    queuedMs: round(call.ear.queuedMs),
    streams: call.legs.flatMap((leg) =>
      leg.carriers.map(({ socket, startedMs, stoppedMs }) => ({
        streamSid: socket.options.streamSid,
        url: socket.options.url,
        startedMs: round(startedMs),
        stoppedMs: round(stoppedMs),
        framesSent: socket.framesSent,
        framesSkipped: socket.framesSkipped,
        messages: socket.messages,
      })),
    ),
  };
}

/** How tests and a terminal program hold phone calls: registered under `/control`. */
export function callControlRoutes(parts: CallControlParts) {
  const { desk, account, callees, settings } = parts;

  function callOf(request: FastifyRequest<CallPath>): Call {
    const call = desk.store.find(request.params.sid);
    if (!call) {
      throw new ControlError([{ path: 'sid', message: `no such call: ${request.params.sid}` }], 404);
    }
    return call;
  }

  /** A call whose person can hear and speak. */
  function liveCallOf(request: FastifyRequest<CallPath>): Call {
    const call = callOf(request);
    if (call.status !== 'in-progress') {
      throw new ControlError([{ path: 'sid', message: `the call is ${call.status}` }], 409);
    }
    return call;
  }

  function streamOf(request: FastifyRequest<CallPath>) {
    const { leg } = liveCallOf(request);
    if (!leg) throw new ControlError([{ path: 'sid', message: 'the call has no media stream' }], 409);
    return leg;
  }

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
      return reply.code(201).send(view(call));
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
      return { calls: entries.map(view), next };
    });
    app.get<CallPath>('/calls/:sid', async (request) => view(callOf(request)));

    app.post<CallPath>('/calls/:sid/say', async (request) => {
      const call = liveCallOf(request);
      const { text, pace: ownPace, wait } = parse(Say, request.body);
      const said = call.mouth.say(text, ownPace ?? call.is.pace);
      return wait ? said : { text };
    });
    app.post<CallPath>('/calls/:sid/noise', async (request) => {
      const call = liveCallOf(request);
      const { ms, wait } = parse(Noise, request.body);
      const made = call.mouth.makeNoise(ms);
      return wait ? made : { ms };
    });
    app.post<CallPath>('/calls/:sid/hush', async (request) => {
      const call = liveCallOf(request);
      call.mouth.hush();
      return view(call);
    });
    app.post<CallPath>('/calls/:sid/dtmf', async (request) => {
      const call = liveCallOf(request);
      call.press(parse(Dtmf, request.body).digits);
      return view(call);
    });
    app.post<CallPath>('/calls/:sid/hangup', async (request) => {
      const call = callOf(request);
      desk.end(call, call.answeredAt === null ? 'canceled' : 'completed');
      return view(call);
    });
    app.post<CallPath>('/calls/:sid/drop-socket', async (request) => {
      const leg = streamOf(request);
      leg.breakOff(parse(DropSocket, request.body).next === 'nothing');
      return view(callOf(request));
    });
    app.post<CallPath>('/calls/:sid/second-socket', async (request) => {
      const leg = streamOf(request);
      const { olderCarriesAudio, olderCloseEnds } = parse(SecondSocket, request.body);
      return { streamSid: leg.connectAgain(olderCarriesAudio, olderCloseEnds) };
    });
    app.post<CallPath>('/calls/:sid/stall', async (request) => {
      streamOf(request).stall(parse(Stall, request.body).ms);
      return view(callOf(request));
    });
    app.post<CallPath>('/calls/:sid/skip-audio', async (request) => {
      const call = liveCallOf(request);
      call.skipAudio(parse(SkipAudio, request.body).ms);
      return view(call);
    });
    app.post<CallPath>('/calls/:sid/echo', async (request) => {
      const call = liveCallOf(request);
      const echo = parse(Echo, request.body);
      call.setEcho('off' in echo ? null : echo.delayMs);
      return view(call);
    });

    app.get<CallPath>('/calls/:sid/heard', async (request) => {
      const call = callOf(request);
      const query = parse(HeardQuery, request.query);
      const words = await call.heard.waitFor(
        () => call.heard.since(query.since),
        (heard) =>
          query.text === undefined
            ? heard.length >= query.count || call.isOver
            : textOfHeard(heard).includes(query.text) || call.isOver,
        query.waitMs,
      );
      return { words, next: call.heard.next, text: textOfHeard(words) };
    });
    app.get<CallPath>('/calls/:sid/turns', async (request) => {
      const call = callOf(request);
      const clears = call.events.since(0).filter((event) => event.kind === 'clear');
      return {
        turns: turnsOf(
          call.said,
          call.heard.since(0),
          clears.map((event) => event.atMs),
        ),
      };
    });
    app.get<CallPath>('/calls/:sid/events', async (request) => {
      const call = callOf(request);
      const query = parse(EventsQuery, request.query);
      const { entries, next } = await read(
        call.events,
        query,
        (event) => (query.kind ?? event.kind) === event.kind,
      );
      return { events: entries, next };
    });

    app.get('/call-events', async (request, reply) => {
      const query = parse(AllEventsQuery, request.query);
      const fits = (event: CallEvent) =>
        (query.kind ?? event.kind) === event.kind && (query.callSid ?? event.callSid) === event.callSid;
      if (query.follow) return follow(desk, query.since, fits, reply);
      const { entries, next } = await read(desk.events, query, fits);
      return { events: entries, next };
    });
  };
}

/** An endless stream of JSON lines; ends when the client leaves or the process stops. */
async function follow(
  desk: CallDesk,
  since: number,
  fits: (event: CallEvent) => boolean,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { raw } = reply;
  reply.hijack();
  raw.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
  raw.flushHeaders();
  for (let next = since; !raw.closed && !desk.isReleased;) {
    const reading = await desk.events.waitFor(
      () => ({ events: desk.events.since(next), next: desk.events.next }),
      ({ events, next: newest }) => events.length > 0 || newest < next || raw.closed,
      limits.followMs,
    );
    next = reading.next;
    for (const event of reading.events) if (fits(event)) raw.write(`${JSON.stringify(event)}\n`);
  }
  raw.end();
  return reply;
}
