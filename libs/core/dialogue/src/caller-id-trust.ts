/** When the agent believes the number that an incoming call shows: if the carriers attest it, always, or never. */
export type CallerIdTrust = 'attested' | 'always' | 'never';

export interface CallerIdentification {
  direction: 'inbound' | 'outbound' | 'unknown';
  /** The carriers' attestation; `full` means that the number is the caller's own. */
  attestation: string;
}

/**
 * Whether the agent sees earlier messages in a call. A caller can fake the number of an incoming call, but not a number
 * that we dialled.
 */
export function seesHistory(call: CallerIdentification, trust: CallerIdTrust): boolean {
  if (call.direction === 'outbound') return true;
  return trust === 'always' || (trust === 'attested' && call.attestation === 'full');
}
