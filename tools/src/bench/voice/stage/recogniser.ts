import { FluxRecogniser, type TurnInfo } from '@parley/simulator';
import type { WebSocket } from 'ws';
import { RecogniserAudio } from './recogniser-audio.js';
import type { VendorDelays } from './orders.js';
import { placeIn } from './script.js';
import type { TurnFinder } from './turn.js';

const EOT_THRESHOLD = 0.7;
const EOT_TIMEOUT_MS = 5_000;

/** Deepgram's Flux, which reads the words out of the audio it is sent. */
export function recognise(ws: WebSocket, delays: VendorDelays, turns: TurnFinder, onAudio: () => void): void {
  const thresholds = { eotThreshold: EOT_THRESHOLD, eagerEotThreshold: null, eotTimeoutMs: EOT_TIMEOUT_MS };
  const engine = new FluxRecogniser(thresholds, delays.endOfTurnSilenceMs);
  const audio = new RecogniserAudio();
  let sequence = 0;
  const tell = (message: object): void => {
    ws.send(JSON.stringify({ ...message, request_id: 'bench', sequence_id: sequence }));
    sequence += 1;
  };
  tell({ type: 'Connected' });
  ws.on('message', (data, isBinary) => {
    if (!isBinary) return ws.close();
    onAudio();
    audio.push((data as Buffer).length, performance.now());
    for (const info of engine.push(data as Buffer)) {
      noteAudio(info, turns, audio);
      if (delays.recogniserMs === 0) note(info, turns, tell);
      else setTimeout(() => note(info, turns, tell), delays.recogniserMs);
    }
  });
}

/** The way of each frame from the caller's last sound to the one that ended the turn. */
function noteAudio(info: TurnInfo, turns: TurnFinder, audio: RecogniserAudio): void {
  const place = info.event === 'EndOfTurn' ? placeIn(info.transcript) : undefined;
  const turn = place && turns.turn(place);
  if (turn?.speechEndFrame === undefined) return;
  const arrivals = audio.arrivalsFrom(turn.speechEndFrame);
  turn.frameMs = arrivals.flatMap((atMs, i) => {
    const sentMs = turn.framesSentMs[i];
    return sentMs === undefined ? [] : [atMs - sentMs];
  });
}

function note(info: TurnInfo, turns: TurnFinder, tell: (message: object) => void): void {
  const isEdge = info.event === 'StartOfTurn' || info.event === 'EndOfTurn';
  const place = isEdge ? placeIn(info.transcript) : undefined;
  const turn = place && turns.turn(place);
  if (turn && info.event === 'StartOfTurn') turn.startOfTurnMs = performance.now();
  if (turn && info.event === 'EndOfTurn') turn.endOfTurnMs = performance.now();
  tell(info);
}
