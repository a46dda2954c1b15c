import type { FastifyRequest } from 'fastify';
import type { Call } from '../twilio/voice/call.js';
import type { CallDesk } from '../twilio/voice/call-desk.js';
import { ControlError } from './control-request.js';

export interface CallPath {
  Params: { sid: string };
}

/** The call that a request is about. */
export function callOf(desk: CallDesk, { params: { sid } }: FastifyRequest<CallPath>): Call {
  const call = desk.store.find(sid);
  if (!call) throw new ControlError([{ path: 'sid', message: `no such call: ${sid}` }], 404);
  return call;
}

/** A call whose person can hear and speak. */
export function liveCallOf(desk: CallDesk, request: FastifyRequest<CallPath>): Call {
  const call = callOf(desk, request);
  if (call.status !== 'in-progress') {
    throw new ControlError([{ path: 'sid', message: `the call is ${call.status}` }], 409);
  }
  return call;
}

/** The media stream of such a call. */
export function streamOf(desk: CallDesk, request: FastifyRequest<CallPath>) {
  const { leg } = liveCallOf(desk, request);
  if (!leg) throw new ControlError([{ path: 'sid', message: 'the call has no media stream' }], 409);
  return leg;
}
