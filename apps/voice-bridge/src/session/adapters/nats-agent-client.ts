import { Injectable } from '@nestjs/common';
import { CallAlive, CancelVoiceTurn, VoiceTurn } from '@parley/contracts';
import type { CallId } from '@parley/kernel';
import { LiveClient, mayRpcSucceedLater, RpcFailure } from '@parley/messaging';
import { AgentClient, type ReplyOutcome, type TurnRequest } from '../agent-client.js';

/** Longer than the agent's own limit on a whole turn. */
const LONGEST_ANSWER_MS = 130_000;

/** Requests turns from the orchestrator over core NATS: `live.voice.turn.v1.<call>`. */
@Injectable()
export class NatsAgentClient extends AgentClient {
  constructor(private readonly live: LiveClient) {
    super();
  }

  async requestReply(
    turn: TurnRequest,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<ReplyOutcome> {
    const { callId, turnId, attempt } = turn;
    const cancel = (): void => this.live.send(CancelVoiceTurn, { callId, turnId, attempt });
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const question = { ...turn, ledger: [...turn.ledger], isSpeculative: false };
      for await (const part of this.live.ask(VoiceTurn, question, {
        signal,
        deadlineMs: LONGEST_ANSWER_MS,
      })) {
        if (part.kind === 'end') return { kind: 'ended', end: part.data };
        onText(part.data.text);
      }
      return { kind: 'failed', reason: 'cancelled', isRetryable: false };
    } catch (error) {
      return outcomeOf(error);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  reportAlive(callId: CallId, laneToken: string): void {
    this.live.send(CallAlive, { callId, laneToken });
  }
}

/** Translates an error into an outcome; a bug is a failed turn too, because the caller waits for an answer. */
function outcomeOf(error: unknown): ReplyOutcome {
  const reason = error instanceof RpcFailure ? `${error.code}: ${error.message}` : String(error);
  return { kind: 'failed', reason, isRetryable: mayRpcSucceedLater(error) };
}
