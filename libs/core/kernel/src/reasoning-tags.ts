/** The tags in which models write their reasoning, such as `<think>…</think>`. Some model servers do not remove it. */
export const REASONING_TAGS = ['think', 'thinking', 'thought', 'reasoning'] as const;
