import type { TurnInput } from './turn-input.js';
import type { TurnOutput } from './turn-output.js';
import type { TurnPolicy } from './turn-policy.js';
import type { TurnState } from './turn-state.js';

export interface TurnStep {
  readonly state: TurnState;
  readonly outputs: readonly TurnOutput[];
}

export const CALL_NOT_STARTED: TurnState = { kind: 'not-started' };

/** Time and speech come in as inputs; what to do comes out as outputs. Nothing here waits, sends or reads a clock. */
export function stepTurn(state: TurnState, input: TurnInput, policy: TurnPolicy): TurnStep {
  throw new Error(`unwritten ${state.kind}${input.kind}${policy.bargeIn}`);
}

/** When the next tick is due at the latest. Only a call that has not started or has ended waits for none. */
export function nextTurnDeadlineMs(state: TurnState, policy: TurnPolicy): number | undefined {
  throw new Error(`unwritten ${state.kind}${policy.bargeIn}`);
}
