import type { Call } from '../twilio/voice/call.js';

const round = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));

/** A call as the control API shows it. */
export function callView(call: Call) {
  const sinceCreated = (at: number | null) => (at === null ? null : at - call.createdAt);
  return {
    callSid: call.sid,
    direction: call.details.direction,
    from: call.details.from,
    to: call.details.to,
    status: call.status,
    answeredBy: call.answeredBy,
    createdAt: new Date(call.createdAt).toISOString(),
    answeredMs: sinceCreated(call.answeredAt),
    endedMs: sinceCreated(call.endedAt),
    speaking: call.speech.speaking,
    playing: call.playback.playing,
    queuedMs: round(call.playback.queuedMs),
    streams: call.streams.flatMap((stream) =>
      stream.sockets.map(({ socket, startedMs, stoppedMs }) => ({
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
