import { Module, type FactoryProvider } from '@nestjs/common';
import { Transactions } from '@parley/persistence';
import { LanguageModel } from '../model/language-model.js';
import { PostgresTurnSteps } from './adapters/postgres-turn-steps.js';
import { AskModel } from './ask-model.js';
import { ComposeReply, SPOKEN_REPLIES, TEXT_REPLIES } from './compose-reply.js';
import { REPLY_POLICIES, type ReplyPolicies } from './reply-policy.js';
import { Toolbox } from './toolbox.js';
import { TurnSteps } from './turn-steps.js';
import { UseTool } from './use-tool.js';

/** ComposeReply: AskModel → UseTool → AskModel … → what the agent says. Once for texts, once for speech. */
@Module({
  providers: [
    { provide: TurnSteps, useClass: PostgresTurnSteps },
    composer(TEXT_REPLIES, 'text'),
    composer(SPOKEN_REPLIES, 'spoken'),
  ],
  exports: [TurnSteps, TEXT_REPLIES, SPOKEN_REPLIES],
})
export class RepliesModule {}

function composer(provide: symbol, kind: keyof ReplyPolicies): FactoryProvider<ComposeReply> {
  return {
    provide,
    useFactory: (
      model: LanguageModel,
      toolbox: Toolbox,
      steps: TurnSteps,
      transactions: Transactions,
      policies: ReplyPolicies,
    ) => {
      const policy = policies[kind];
      const useTool = new UseTool(toolbox, steps, transactions, policy);
      return new ComposeReply(new AskModel(model, policy), toolbox, useTool, policy);
    },
    inject: [LanguageModel, Toolbox, TurnSteps, Transactions, REPLY_POLICIES],
  };
}
