import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { limits } from '../limits.js';
import type { CallDesk } from '../twilio/voice/call-desk.js';
import { type CallEvent, callEventKinds } from '../twilio/voice/call-events.js';
import { textOfHeard, turnsOf } from '../twilio/voice/call-turns.js';
import { type CallPath, callOf } from './call-of.js';
import { LogQuery, parse, read } from './control-request.js';

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

const HeardQuery = LogQuery.extend({ text: z.string().optional() });
const EventsQuery = LogQuery.extend({ kind: z.enum(callEventKinds).optional() });
const AllEventsQuery = EventsQuery.extend({ callSid: z.string().optional(), follow: flag });

/** What was heard and what happened in calls. */
export function callLogRoutes(desk: CallDesk) {
  return async function routes(app: FastifyInstance): Promise<void> {
    app.get<CallPath>('/calls/:sid/heard', async (request) => {
      const call = callOf(desk, request);
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
      const call = callOf(desk, request);
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
      const call = callOf(desk, request);
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
