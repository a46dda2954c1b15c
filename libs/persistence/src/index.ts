export { Batcher, type BatcherOptions } from './batcher.js';
export { Database, type DatabaseOptions, DEFAULT_POOL_SIZE } from './database.js';
export { isUniqueViolation, sqlStateOf } from './database-errors.js';
export {
  CommitOutcomeUnknownError,
  MigrationError,
  SchemaOutdatedError,
  TransactionAbortedError,
} from './errors.js';
export { Inbox } from './inbox/inbox.js';
export { PostgresFailedMessages } from './inbox/postgres-failed-messages.js';
export { type ScheduledJob, ScheduledJobs } from './jobs/scheduled-jobs.js';
export { OutboxRelay } from './outbox/outbox-relay.js';
export { Outbox, type OutboxMessage } from './outbox/outbox.js';
export { PersistenceModule, type PersistenceOptions } from './persistence.module.js';
export { PhoneColumn, type SealedNumber } from './phone-column.js';
export { recoveryTimes, type RecoveryTimes, scaled } from './recovery-times.js';
export { migrate, type MigrateOptions, type MigrationReport } from './schema/migrate.js';
export { type MigrationClass, requireMigrated } from './schema/require-migrated.js';
export { afterCommit, RollBack, rows, type Transaction, Transactions, withCommit } from './transactions.js';
export { WakeableLoop, type WakeableLoopOptions } from './wakeable-loop.js';
