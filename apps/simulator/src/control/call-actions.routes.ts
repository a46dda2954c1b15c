import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { limits } from '../limits.js';
import type { CallDesk } from '../twilio/voice/call-desk.js';
import { type CallPath, callOf, liveCallOf, streamOf } from './call-of.js';
import { viewOf } from './call-view.js';
import { pace, parse } from './control-request.js';

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

/** What the person in a call does, and what befalls its line. */
export function callActionRoutes(desk: CallDesk) {
  return async function routes(app: FastifyInstance): Promise<void> {
    app.post<CallPath>('/calls/:sid/say', async (request) => {
      const call = liveCallOf(desk, request);
      const { text, pace: ownPace, wait } = parse(Say, request.body);
      const said = call.mouth.say(text, ownPace ?? call.is.pace);
      return wait ? said : { text };
    });
    app.post<CallPath>('/calls/:sid/noise', async (request) => {
      const call = liveCallOf(desk, request);
      const { ms, wait } = parse(Noise, request.body);
      const made = call.mouth.makeNoise(ms);
      return wait ? made : { ms };
    });
    app.post<CallPath>('/calls/:sid/hush', async (request) => {
      const call = liveCallOf(desk, request);
      call.mouth.hush();
      return viewOf(call);
    });
    app.post<CallPath>('/calls/:sid/dtmf', async (request) => {
      const call = liveCallOf(desk, request);
      call.press(parse(Dtmf, request.body).digits);
      return viewOf(call);
    });
    app.post<CallPath>('/calls/:sid/hangup', async (request) => {
      const call = callOf(desk, request);
      desk.end(call, call.answeredAt === null ? 'canceled' : 'completed');
      return viewOf(call);
    });
    app.post<CallPath>('/calls/:sid/drop-socket', async (request) => {
      const leg = streamOf(desk, request);
      leg.breakOff(parse(DropSocket, request.body).next === 'nothing');
      return viewOf(callOf(desk, request));
    });
    app.post<CallPath>('/calls/:sid/second-socket', async (request) => {
      const leg = streamOf(desk, request);
      const { olderCarriesAudio, olderCloseEnds } = parse(SecondSocket, request.body);
      return { streamSid: leg.connectAgain(olderCarriesAudio, olderCloseEnds) };
    });
    app.post<CallPath>('/calls/:sid/stall', async (request) => {
      streamOf(desk, request).stall(parse(Stall, request.body).ms);
      return viewOf(callOf(desk, request));
    });
    app.post<CallPath>('/calls/:sid/skip-audio', async (request) => {
      const call = liveCallOf(desk, request);
      call.skipAudio(parse(SkipAudio, request.body).ms);
      return viewOf(call);
    });
    app.post<CallPath>('/calls/:sid/echo', async (request) => {
      const call = liveCallOf(desk, request);
      const echo = parse(Echo, request.body);
      call.setEcho('off' in echo ? null : echo.delayMs);
      return viewOf(call);
    });
  };
}
