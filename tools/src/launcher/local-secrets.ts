import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Made once for a data folder; what is stored in it can be read with them only. */
export interface LocalSecrets {
  /** As PARLEY_DATA_KEYS: `<id>:<base64 of 32 bytes>`. */
  dataKeys: string;
  apiKey: string;
  /** What the simulator signs with. */
  twilioAccountSid: string;
  twilioAuthToken: string;
}

export function loadLocalSecrets(dataDir: string): LocalSecrets {
  const file = join(dataDir, 'secrets.json');
  if (existsSync(file)) {
    const kept: LocalSecrets = JSON.parse(readFileSync(file, 'utf8'));
    return kept;
  }
  const secrets: LocalSecrets = {
    dataKeys: `local1:${randomBytes(32).toString('base64')}`,
    apiKey: `parley_dev_${randomBytes(24).toString('base64url')}`,
    twilioAccountSid: `AC${randomBytes(16).toString('hex')}`,
    twilioAuthToken: randomBytes(16).toString('hex'),
  };
  const draft = `${file}.draft`;
  writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
  return secrets;
}
