import { FluxRecogniser, type TurnInfo } from '@parley/simulator';
import type { WebSocket } from 'ws';
import { RecogniserAudio } from './recogniser-audio.js';
import type { VendorDelays } from './stage-messages.js';
import { firstPositionIn } from './script.js';
import type { TurnFinder } from './measured-turn.js';

const EOT_THRESHOLD = 0.7;
const EOT_TIMEOUT_MS = 5_000;

/** Simulates Deepgram's Flux, which decodes the words from the audio. */
export function simulateRecogniser(
  ws: WebSocket,
  delays: VendorDelays,
  turns: TurnFinder,
  onAudio: () => void,
): void {
  const thresholds = { eotThreshold: EOT_THRESHOLD, eagerEotThreshold: null, eotTimeoutMs: EOT_TIMEOUT_MS };
  const engine = new FluxRecogniser(thresholds, delays.endOfTurnSilenceMs);
  const audio = new RecogniserAudio();
  let sequence = 0;
  const send = (message: object): void => {
    ws.send(JSON.stringify({ ...message, request_id: 'bench', sequence_id: sequence }));
    sequence += 1;
  };
  send({ type: 'Connected' });
  ws.on('message', (data, isBinary) => {
    if (!isBinary) return ws.close();
    onAudio();
    audio.push((data as Buffer).length, performance.now());
    for (const info of engine.push(data as Buffer)) {
      recordFrameTimes(info, turns, audio);
      if (delays.recogniserMs === 0) reportTurn(info, turns, send);
      else setTimeout(() => reportTurn(info, turns, send), delays.recogniserMs);
    }
  });
}

/** Records the times of the frames from the caller's last sound to the end of the turn. */
function recordFrameTimes(info: TurnInfo, turns: TurnFinder, audio: RecogniserAudio): void {
  const position = info.event === 'EndOfTurn' ? firstPositionIn(info.transcript) : undefined;
  const turn = position && turns.turn(position);
  if (turn?.speechEndFrame === undefined) return;
  const arrivals = audio.arrivalsFrom(turn.speechEndFrame);
  turn.frameMs = arrivals.flatMap((atMs, i) => {
    const sentMs = turn.framesSentMs[i];
    return sentMs === undefined ? [] : [atMs - sentMs];
  });
}

function reportTurn(info: TurnInfo, turns: TurnFinder, send: (message: object) => void): void {
  const isEdge = info.event === 'StartOfTurn' || info.event === 'EndOfTurn';
  const position = isEdge ? firstPositionIn(info.transcript) : undefined;
  const turn = position && turns.turn(position);
  if (turn && info.event === 'StartOfTurn') turn.startOfTurnMs = performance.now();
  if (turn && info.event === 'EndOfTurn') turn.endOfTurnMs = performance.now();
  send(info);
}
