/** The state of a call; `unknown` until a state is reported. */
export type CallState = 'unknown' | 'initiated' | 'ringing' | 'answered' | 'ended' | 'failed';

const RANK: Readonly<Record<CallState, number>> = {
  unknown: 0,
  initiated: 1,
  ringing: 2,
  answered: 3,
  ended: 4,
  failed: 4,
};

/** Returns whether a reported state is later than the current state. Reports arrive late, twice and out of order. */
export function raisesCallState(current: CallState, reported: CallState): boolean {
  return RANK[reported] > RANK[current];
}

export function isCallOver(state: CallState): boolean {
  return state === 'ended' || state === 'failed';
}
