import { baseEnv } from '@parley/service-kit';
import { z } from 'zod';
import { modelEnv, requireModelSettings } from './model/adapters/model-settings.js';
import { turnPolicy } from './turns/turn-policy.js';

const scale = z.coerce.number().positive('must be above 0').default(1);

/** Everything the orchestrator reads from its environment. */
export const OrchestratorEnv = requireModelSettings(
  z.object({
    ...baseEnv,
    ...modelEnv,
    /** How long one call of the model may take. */
    LLM_TIMEOUT_MS: z.coerce.number().int().min(100).max(300_000).default(turnPolicy.modelCallTimeoutMs),
    /** Shortens every time of recovery, for fault tests. */
    RECOVERY_TIME_SCALE: scale,
    /** Shortens how long replies wait for a person who may still be writing, for tests. */
    BURST_TIME_SCALE: scale,
  }),
);
export type OrchestratorEnv = z.output<typeof OrchestratorEnv>;
