export { ChatClient, type ChatFrame } from './chat-client.js';
export { endsBeforeItsTransactions } from './held-transactions.js';
export { natsForTests, postgresForTests } from './local-servers.js';
export {
  givenUpMessages,
  type RunQuery,
  SERVICE_SCHEMAS,
  unconfirmedMessages,
  waitUntilNoOpenWork,
} from './open-work.js';
export { RunningParley, someNumber } from './running-parley.js';
export {
  RunningService,
  simulatorProcess,
  startDependencies,
  type ServiceDependencies,
} from './running-service.js';
export { type SentStatement, StatementPlans, statementsOf } from './statement-plans.js';
export type { TestAgent } from './test-agents.js';
export { simulatedTwilio, twilioSignature } from './simulated-twilio.js';
export { type Route, routesOf } from './routes-of.js';
export { type StoredRow, storedRowsWith } from './stored-rows.js';
export { constraintThatRefusesCopy } from './unique-keys.js';
export { schemaDifferences } from './schema-differences.js';
