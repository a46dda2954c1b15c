import type { FastifyRequest } from 'fastify';
import type { Call } from '../twilio/voice/call.js';
import type { TwilioCalls } from '../twilio/voice/twilio-calls.js';
import { ControlError } from './control-request.js';

export interface CallPath {
  Params: { sid: string };
}

/** Returns the call named in the path. Throws a {@link ControlError} with 404 when it does not exist. */
export function findCall(calls: TwilioCalls, { params: { sid } }: FastifyRequest<CallPath>): Call {
  const call = calls.store.find(sid);
  if (!call) throw new ControlError([{ path: 'sid', message: `There is no call ${sid}` }], 404);
  return call;
}

/** Returns the call if it is in progress. Throws a {@link ControlError} with 409 otherwise. */
export function findLiveCall(calls: TwilioCalls, request: FastifyRequest<CallPath>): Call {
  const call = findCall(calls, request);
  if (call.status !== 'in-progress') {
    throw new ControlError([{ path: 'sid', message: `The call is not in progress: ${call.status}` }], 409);
  }
  return call;
}

/** Returns the open media stream of a call in progress. Throws a {@link ControlError} with 409 without one. */
export function findStream(calls: TwilioCalls, request: FastifyRequest<CallPath>) {
  const { stream } = findLiveCall(calls, request);
  if (!stream) throw new ControlError([{ path: 'sid', message: 'The call has no open media stream' }], 409);
  return stream;
}
