/** Every tool that an agent can be given. */
export const TOOL_NAMES = ['send_sms'] as const;
export type ToolName = (typeof TOOL_NAMES)[number];
