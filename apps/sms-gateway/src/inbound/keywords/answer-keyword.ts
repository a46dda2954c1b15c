import { Injectable } from '@nestjs/common';
import { neutralTexts } from '@parley/contracts';
import type { ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { KeywordDecision } from '@parley/sms-policy';
import { AgentTextsStore } from '../../lines/agent-texts-store.js';
import { QueueNotice } from '../../outbound/queue/queue-notice.js';
import type { ThreadSms } from '../inbound-sms.js';

/** Queues our answer to a keyword, in the words of the line's agent. */
@Injectable()
export class AnswerKeyword {
  constructor(
    private readonly agentTexts: AgentTextsStore,
    private readonly queueNotice: QueueNotice,
  ) {}

  /** Does nothing where the carrier answered, or one answer was enough. */
  async execute(
    tx: Transaction,
    threadId: ThreadId,
    { messageSid, line }: ThreadSms,
    { kind, reply }: KeywordDecision,
  ): Promise<void> {
    if (reply === undefined) return;
    const texts = (await this.agentTexts.of(tx, line.id)) ?? neutralTexts(['en']);
    await this.queueNotice.execute(tx, {
      threadId,
      text: texts[reply],
      answers: messageSid,
      isOptOutConfirmation: kind === 'opt-out',
    });
  }
}
