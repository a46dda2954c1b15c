/** The names of all tools that an agents file may list. */
export const TOOL_NAMES = ['send_sms'] as const;
export type ToolName = (typeof TOOL_NAMES)[number];
