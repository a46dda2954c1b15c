import { Injectable } from '@nestjs/common';
import { defaultAgentTexts } from '@parley/contracts';
import type { ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { KeywordDecision } from '@parley/sms-policy';
import { AgentTextsStore } from '../../lines/agent-texts-store.js';
import { QueueNotice } from '../../outbound/queue/queue-notice.js';
import type { ThreadSms } from '../text/inbound-sms.js';

/** Queues our answer to a keyword, with the texts of the line's agent. */
@Injectable()
export class AnswerKeyword {
  constructor(
    private readonly agentTexts: AgentTextsStore,
    private readonly queueNotice: QueueNotice,
  ) {}

  /** Does nothing if the decision has no reply: the carrier answered the keyword, or an earlier answer was enough. */
  async execute(
    tx: Transaction,
    threadId: ThreadId,
    { messageSid, line }: ThreadSms,
    { kind, reply }: KeywordDecision,
  ): Promise<void> {
    if (reply === undefined) return;
    const texts = (await this.agentTexts.forLine(tx, line.id)) ?? defaultAgentTexts(['en']);
    await this.queueNotice.execute(tx, {
      threadId,
      text: texts[reply],
      answers: messageSid,
      isOptOutConfirmation: kind === 'opt-out',
    });
  }
}
