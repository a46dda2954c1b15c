import { Module } from '@nestjs/common';
import { PostgresEventLog } from './adapters/postgres-event-log.js';
import { EventLog } from './event-log.js';
import { ListEventsResponder } from './list-events.responder.js';

/** rpc.orchestrator.list-events → EventLog: the public events of the last 30 days */
@Module({
  controllers: [ListEventsResponder],
  providers: [{ provide: EventLog, useClass: PostgresEventLog }],
})
export class EventsModule {}
