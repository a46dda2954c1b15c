/** The processes that publish and consume messages: the names of their folders, durables and CloudEvents sources. */
export const SERVICES = ['sms-gateway', 'agent-orchestrator', 'voice-bridge'] as const;
export type ServiceName = (typeof SERVICES)[number];
