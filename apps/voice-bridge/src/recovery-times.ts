/** Injects the `RecoveryTimes` that are in force. */
export const RECOVERY_TIMES = Symbol('RecoveryTimes');
