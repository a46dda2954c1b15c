/** The tags in which models write their reasoning, as `<think>…</think>`, where their server does not take it out. */
export const REASONING_TAGS = ['think', 'thinking', 'thought', 'reasoning'] as const;
