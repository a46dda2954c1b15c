/** The names of all tools; an agent may use those on its list. */
export const TOOL_NAMES = ['send_sms'] as const;
export type ToolName = (typeof TOOL_NAMES)[number];
