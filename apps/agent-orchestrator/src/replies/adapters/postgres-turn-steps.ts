import { Injectable } from '@nestjs/common';
import { storableText, type ToolCall } from '@parley/dialogue';
import type { RequestId, TurnId } from '@parley/kernel';
import { Database, rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { lockConversation } from '../../conversations/adapters/conversation-lock.js';
import { TurnSteps, type RecordedStep, type StepPosition } from '../turn-steps.js';

const STEP_COLUMNS = `place AS position, effect_id AS "effectId", tool, input, model_call_id AS "modelCallId", said, result`;

@Injectable()
export class PostgresTurnSteps extends TurnSteps {
  constructor(private readonly database: Database) {
    super();
  }

  override async of(turnId: TurnId): Promise<RecordedStep[]> {
    const found = await this.database.rows<StepRow>(
      `SELECT ${STEP_COLUMNS} FROM turn_step WHERE turn_id = $1 ORDER BY place`,
      [turnId],
    );
    return found.map(stepOf);
  }

  override async record(
    tx: Transaction,
    { turnId, conversationId, position }: StepPosition,
    call: ToolCall,
    said: string,
  ): Promise<RecordedStep> {
    await rows(
      tx,
      `INSERT INTO turn_step (turn_id, place, conversation_id, effect_id, tool, input, model_call_id, said)
       VALUES ($1, $2, $3, $4, $5, $6::json, $7, $8) ON CONFLICT (turn_id, place) DO NOTHING`,
      [
        turnId,
        position,
        conversationId,
        newId('req'),
        call.tool,
        JSON.stringify(call.input),
        storableText(call.id),
        storableText(said),
      ],
    );
    const [step] = await rows<StepRow>(
      tx,
      `SELECT ${STEP_COLUMNS} FROM turn_step WHERE turn_id = $1 AND place = $2`,
      [turnId, position],
    );
    return stepOf(step!);
  }

  override async storeResult(
    tx: Transaction,
    { turnId, conversationId, position }: StepPosition,
    result: string,
  ): Promise<string | undefined> {
    await lockConversation(tx, conversationId);
    const [before] = await rows<{ result: string | null }>(
      tx,
      'SELECT result FROM turn_step WHERE turn_id = $1 AND place = $2',
      [turnId, position],
    );
    if (before?.result !== null) return before?.result;
    await rows(tx, 'UPDATE turn_step SET result = $3 WHERE turn_id = $1 AND place = $2', [
      turnId,
      position,
      storableText(result),
    ]);
    return undefined;
  }
}

interface StepRow {
  readonly position: number;
  readonly effectId: RequestId;
  readonly tool: string;
  readonly input: unknown;
  readonly modelCallId: string;
  readonly said: string;
  readonly result: string | null;
}

function stepOf(row: StepRow): RecordedStep {
  return {
    position: row.position,
    effectId: row.effectId,
    call: { id: row.modelCallId, tool: row.tool, input: row.input },
    said: row.said,
    result: row.result ?? undefined,
  };
}
