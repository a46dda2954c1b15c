import { baseEnv, scaleVariable, wholeNumberVariable } from '@parley/service-kit/env';
import { z } from 'zod';
import { modelEnv, requireModelSettings } from './model/adapters/model-settings.js';
import { textReplyPolicy } from './replies/reply-policy.js';

/** Everything the orchestrator reads from its environment. */
export const OrchestratorEnv = requireModelSettings(
  z.object({
    ...baseEnv,
    ...modelEnv,
    /** The time-out of one request to the model. */
    LLM_TIMEOUT_MS: wholeNumberVariable(100, 300_000).default(textReplyPolicy.modelCallTimeoutMs),
    /** Multiplies the quiet time that a text reply waits for; for tests. */
    BURST_TIME_SCALE: scaleVariable.default(1),
  }),
);
export type OrchestratorEnv = z.output<typeof OrchestratorEnv>;
