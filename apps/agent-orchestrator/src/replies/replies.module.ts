import { Module, type FactoryProvider } from '@nestjs/common';
import { Transactions } from '@parley/persistence';
import { LanguageModel } from '../model/language-model.js';
import { PostgresTurnSteps } from './adapters/postgres-turn-steps.js';
import { AskModel } from './ask-model.js';
import { ComposeReply, SPOKEN_REPLY_COMPOSER, TEXT_REPLY_COMPOSER } from './compose-reply.js';
import { REPLY_POLICIES, type ReplyPolicies } from './reply-policy.js';
import { Toolbox } from './toolbox.js';
import { TurnSteps } from './turn-steps.js';
import { UseTool } from './use-tool.js';

/** ComposeReply: AskModel → UseTool → AskModel … → the reply. One for texts, one for speech. */
@Module({
  providers: [
    { provide: TurnSteps, useClass: PostgresTurnSteps },
    composer(TEXT_REPLY_COMPOSER, 'text'),
    composer(SPOKEN_REPLY_COMPOSER, 'spoken'),
  ],
  exports: [TurnSteps, TEXT_REPLY_COMPOSER, SPOKEN_REPLY_COMPOSER],
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
