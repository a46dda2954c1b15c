import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The secrets of one data folder; without them, the folder's data cannot be read. */
export interface LocalSecrets {
  /** In the form of PARLEY_DATA_KEYS: `<id>:<base64 of 32 bytes>`. */
  dataKeys: string;
  apiKey: string;
  /** The passwords of our nats-server's users derive from this secret. */
  natsSecret: string;
  /** The account that the simulator plays. */
  twilioAccountSid: string;
  twilioAuthToken: string;
}

/** Reads the secrets of a data folder; for a new folder, creates and stores them. */
export function loadLocalSecrets(dataDir: string): LocalSecrets {
  const file = join(dataDir, 'secrets.json');
  if (!existsSync(file)) return written(file, newLocalSecrets());
  const stored: LocalSecrets = JSON.parse(readFileSync(file, 'utf8'));
  return stored.natsSecret ? stored : written(file, { ...stored, natsSecret: newSecret() });
}

/** Creates secrets for a new data folder. */
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
