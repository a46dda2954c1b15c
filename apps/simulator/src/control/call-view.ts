import type { Call } from '../twilio/voice/call.js';

const round = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));

/** A call as the control API shows it. */
export function viewOf(call: Call) {
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
