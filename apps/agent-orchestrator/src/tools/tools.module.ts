import { Module } from '@nestjs/common';
import { ConversationLogModule } from '../conversations/conversation-log.module.js';
import { PostgresTurnSteps } from './adapters/postgres-turn-steps.js';
import { SendSmsTool } from './send-sms.tool.js';
import { Toolbox } from './toolbox.js';
import { TurnSteps } from './turn-steps.js';

/** What agents can do besides talking, and what their turns have done of it. send_sms → the log, and cmd.sms.send */
@Module({
  imports: [ConversationLogModule],
  providers: [
    SendSmsTool,
    { provide: Toolbox, useFactory: (sendSms: SendSmsTool) => new Toolbox([sendSms]), inject: [SendSmsTool] },
    { provide: TurnSteps, useClass: PostgresTurnSteps },
  ],
  exports: [Toolbox, TurnSteps],
})
export class ToolsModule {}
