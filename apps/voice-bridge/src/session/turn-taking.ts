import {
  CALL_NOT_STARTED,
  nextTurnDeadlineMs,
  stepTurn,
  type TurnEvent,
  type TurnOutput,
  type TurnPolicy,
  type TurnState,
} from '@parley/turn-taking';

/** Runs `stepTurn` for one call: handles one event after another, and a tick whenever a deadline is due. */
export class TurnTaking {
  readonly #events: TurnEvent[] = [];
  #state: TurnState = CALL_NOT_STARTED;
  #deadlineMs: number | undefined;

  /** @param act carries out the outputs of a step */
  constructor(
    private readonly policy: TurnPolicy,
    private readonly act: (output: TurnOutput, atMs: number) => void,
  ) {}

  /** Handles an event; if another one is being handled, the event waits. */
  handle(event: TurnEvent): void {
    this.#events.push(event);
    if (this.#events.length > 1) return;
    for (let next = this.#events[0]; next; next = this.#events[0]) {
      this.#step(next);
      this.#events.shift();
    }
  }

  tick(nowMs: number): void {
    if (this.#deadlineMs !== undefined && nowMs >= this.#deadlineMs) this.handle({ kind: 'tick' });
  }

  #step(event: TurnEvent): void {
    const atMs = performance.now();
    const { state, outputs } = stepTurn(this.#state, { ...event, atMs }, this.policy);
    this.#state = state;
    for (const output of outputs) this.act(output, atMs);
    this.#deadlineMs = nextTurnDeadlineMs(state, this.policy);
  }
}
