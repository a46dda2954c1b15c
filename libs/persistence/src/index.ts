export { Batcher, type BatcherOptions } from './batcher.js';
export { Database, type DatabaseOptions } from './database.js';
export {
  CommitOutcomeUnknownError,
  MigrationError,
  SchemaOutdatedError,
  TransactionAbortedError,
} from './errors.js';
export { Inbox } from './inbox/inbox.js';
export { type ScheduledJob, ScheduledJobs } from './jobs/scheduled-jobs.js';
export { OutboxRelay } from './outbox/outbox-relay.js';
export { Outbox, type OutboxMessage } from './outbox/outbox.js';
export { PersistenceModule, type PersistenceOptions } from './persistence.module.js';
export { PhoneColumn, type SealedNumber } from './phone-column.js';
export { RECOVERY_TIMES, recoveryTimes, type RecoveryTimes, scaled } from './recovery-times.js';
export { migrate, type MigrateOptions, type MigrationReport } from './schema/migrate.js';
export type { MigrationClass } from './schema/require-migrated.js';
export { afterCommit, RollBack, rows, type Transaction, Transactions } from './transactions.js';
export { WakeableLoop, type WakeableLoopOptions } from './wakeable-loop.js';
