import { FluxTurns, type TurnInfo } from '@parley/simulator';
import type { WebSocket } from 'ws';
import type { VendorDelays } from './orders.js';
import { placeIn } from './script.js';
import type { TurnFinder } from './turn.js';

const EOT_THRESHOLD = 0.7;
const EOT_TIMEOUT_MS = 5_000;

/** Deepgram's Flux, which reads the words out of the audio it is sent. */
export function recognise(ws: WebSocket, delays: VendorDelays, turns: TurnFinder): void {
  const thresholds = { eotThreshold: EOT_THRESHOLD, eagerEotThreshold: null, eotTimeoutMs: EOT_TIMEOUT_MS };
  const engine = new FluxTurns(thresholds, delays.endOfTurnSilenceMs);
  let sequence = 0;
  const tell = (message: object): void => {
    ws.send(JSON.stringify({ ...message, request_id: 'bench', sequence_id: sequence }));
    sequence += 1;
  };
  tell({ type: 'Connected' });
  ws.on('message', (data, isBinary) => {
    if (!isBinary) return ws.close();
    for (const info of engine.push(data as Buffer)) {
      if (delays.recogniserMs === 0) note(info, turns, tell);
      else setTimeout(() => note(info, turns, tell), delays.recogniserMs);
    }
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
