import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { limits } from '../limits.js';
import type { TwilioCalls } from '../twilio/voice/twilio-calls.js';
import { type CallEvent, callEventKinds } from '../twilio/voice/call-events.js';
import { textOfHeardWords, computeCallTurns } from '../twilio/voice/call-turns.js';
import { type CallPath, findCall } from './find-call.js';
import { LogQuery, parseRequest, readLog } from './control-request.js';

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

const HeardQuery = LogQuery.extend({ text: z.string().optional() });
const EventsQuery = LogQuery.extend({ kind: z.enum(callEventKinds).optional() });
const AllEventsQuery = EventsQuery.extend({ callSid: z.string().optional(), follow: flag });

/** Routes that return what a caller heard, a call's turns, and the events of calls. */
export function callLogRoutes(calls: TwilioCalls) {
  return async function routes(app: FastifyInstance): Promise<void> {
    app.get<CallPath>('/calls/:sid/heard', async (request) => {
      const call = findCall(calls, request);
      const query = parseRequest(HeardQuery, request.query);
      const words = await call.heard.waitFor(
        () => call.heard.since(query.since),
        (heard) =>
          query.text === undefined
            ? heard.length >= query.count || call.isOver
            : textOfHeardWords(heard).includes(query.text) || call.isOver,
        query.waitMs,
      );
      return { words, next: call.heard.next, text: textOfHeardWords(words) };
    });
    app.get<CallPath>('/calls/:sid/turns', async (request) => {
      const call = findCall(calls, request);
      const clears = call.events.since(0).filter((event) => event.kind === 'clear');
      return {
        turns: computeCallTurns(
          call.utterances,
          call.heard.since(0),
          clears.map((event) => event.atMs),
        ),
      };
    });
    app.get<CallPath>('/calls/:sid/events', async (request) => {
      const call = findCall(calls, request);
      const query = parseRequest(EventsQuery, request.query);
      const { entries, next } = await readLog(
        call.events,
        query,
        (event) => (query.kind ?? event.kind) === event.kind,
      );
      return { events: entries, next };
    });

    app.get('/call-events', async (request, reply) => {
      const query = parseRequest(AllEventsQuery, request.query);
      const fits = (event: CallEvent) =>
        (query.kind ?? event.kind) === event.kind && (query.callSid ?? event.callSid) === event.callSid;
      if (query.follow) return follow(calls, query.since, fits, reply);
      const { entries, next } = await readLog(calls.events, query, fits);
      return { events: entries, next };
    });
  };
}

/** Streams events as JSON lines until the client disconnects or the process stops. */
async function follow(
  calls: TwilioCalls,
  since: number,
  fits: (event: CallEvent) => boolean,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { raw } = reply;
  reply.hijack();
  raw.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
  raw.flushHeaders();
  for (let next = since; !raw.closed && !calls.isReleased;) {
    const reading = await calls.events.waitFor(
      () => ({ events: calls.events.since(next), next: calls.events.next }),
      ({ events, next: newest }) => events.length > 0 || newest < next || raw.closed,
      limits.followMs,
    );
    next = reading.next;
    for (const event of reading.events) if (fits(event)) raw.write(`${JSON.stringify(event)}\n`);
  }
  raw.end();
  return reply;
}
