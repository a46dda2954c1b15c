import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Made once for a data folder; what is stored in it can be read with them only. */
export interface LocalSecrets {
  /** As PARLEY_DATA_KEYS: `<id>:<base64 of 32 bytes>`. */
  dataKeys: string;
  apiKey: string;
  /** Passwords at a nats-server of our own derive from it. */
  natsSecret: string;
  /** What the simulator signs with. */
  twilioAccountSid: string;
  twilioAuthToken: string;
}

/** The secrets of a data folder, which are made and written at its first start. */
export function loadLocalSecrets(dataDir: string): LocalSecrets {
  const file = join(dataDir, 'secrets.json');
  if (!existsSync(file)) return written(file, newLocalSecrets());
  const stored: LocalSecrets = JSON.parse(readFileSync(file, 'utf8'));
  return stored.natsSecret ? stored : written(file, { ...stored, natsSecret: newSecret() });
}

/** Secrets for a new data folder. */
export function newLocalSecrets(): LocalSecrets {
  return {
    dataKeys: `local1:${randomBytes(32).toString('base64')}`,
    apiKey: `parley_dev_${newSecret()}`,
    natsSecret: newSecret(),
    twilioAccountSid: `AC${randomBytes(16).toString('hex')}`,
    twilioAuthToken: randomBytes(16).toString('hex'),
  };
}

const newSecret = () => randomBytes(24).toString('base64url');

function written(file: string, secrets: LocalSecrets): LocalSecrets {
  const draft = `${file}.draft`;
  writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
  return secrets;
}
