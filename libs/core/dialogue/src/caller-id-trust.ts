/** When the agent trusts the number of an incoming call: if the carriers attest it, always, or never. */
export type CallerIdTrust = 'attested' | 'always' | 'never';

export interface CallerIdentification {
  readonly direction: 'inbound' | 'outbound' | 'unknown';
  /** The carriers' attestation; `full` means that the number is the caller's own. */
  readonly attestation: string;
}

/**
 * Returns whether prompts of a call contain earlier messages. The number of an incoming call can be faked; a
 * number that we dialled cannot.
 */
export function seesHistory(call: CallerIdentification, trust: CallerIdTrust): boolean {
  if (call.direction === 'outbound') return true;
  return trust === 'always' || (trust === 'attested' && call.attestation === 'full');
}
