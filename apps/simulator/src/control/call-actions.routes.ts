import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { limits } from '../limits.js';
import type { TwilioCalls } from '../twilio/voice/twilio-calls.js';
import { type CallPath, findCall, findLiveCall, findStream } from './find-call.js';
import { callView } from './call-view.js';
import { paceSchema, parseRequest } from './control-request.js';

const Say = z.strictObject({
  text: z.string().regex(/\S/, 'must contain words').max(limits.spokenTextChars),
  pace: paceSchema,
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

/** Routes that make the person in a call speak or press keys, and that disturb the call's audio and sockets. */
export function callActionRoutes(calls: TwilioCalls) {
  return async function routes(app: FastifyInstance): Promise<void> {
    app.post<CallPath>('/calls/:sid/say', async (request) => {
      const call = findLiveCall(calls, request);
      const { text, pace: ownPace, wait } = parseRequest(Say, request.body);
      const utterance = call.speech.say(text, ownPace ?? call.details.pace);
      return wait ? utterance : { text };
    });
    app.post<CallPath>('/calls/:sid/noise', async (request) => {
      const call = findLiveCall(calls, request);
      const { ms, wait } = parseRequest(Noise, request.body);
      const made = call.speech.makeNoise(ms);
      return wait ? made : { ms };
    });
    app.post<CallPath>('/calls/:sid/hush', async (request) => {
      const call = findLiveCall(calls, request);
      call.speech.hush();
      return callView(call);
    });
    app.post<CallPath>('/calls/:sid/dtmf', async (request) => {
      const call = findLiveCall(calls, request);
      call.pressKeys(parseRequest(Dtmf, request.body).digits);
      return callView(call);
    });
    app.post<CallPath>('/calls/:sid/hangup', async (request) => {
      const call = findCall(calls, request);
      calls.end(call, call.answeredAt === null ? 'canceled' : 'completed');
      return callView(call);
    });
    app.post<CallPath>('/calls/:sid/drop-socket', async (request) => {
      const stream = findStream(calls, request);
      stream.breakOff(parseRequest(DropSocket, request.body).next === 'nothing');
      return callView(findCall(calls, request));
    });
    app.post<CallPath>('/calls/:sid/second-socket', async (request) => {
      const stream = findStream(calls, request);
      const { olderCarriesAudio, olderCloseEnds } = parseRequest(SecondSocket, request.body);
      return { streamSid: stream.connectAgain(olderCarriesAudio, olderCloseEnds) };
    });
    app.post<CallPath>('/calls/:sid/stall', async (request) => {
      findStream(calls, request).stall(parseRequest(Stall, request.body).ms);
      return callView(findCall(calls, request));
    });
    app.post<CallPath>('/calls/:sid/skip-audio', async (request) => {
      const call = findLiveCall(calls, request);
      call.skipAudio(parseRequest(SkipAudio, request.body).ms);
      return callView(call);
    });
    app.post<CallPath>('/calls/:sid/echo', async (request) => {
      const call = findLiveCall(calls, request);
      const echo = parseRequest(Echo, request.body);
      call.setEcho('off' in echo ? null : echo.delayMs);
      return callView(call);
    });
  };
}
