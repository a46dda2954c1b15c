import { describe, expect, it } from 'vitest';
import { readLaunchSettings } from './launch-settings.js';
import { greetingText } from './greeting.js';

const started = { apiKey: 'parley_dev_1', natsUrl: 'nats://127.0.0.1:4222' };
const greetingFor = (env: Record<string, string>) => greetingText(readLaunchSettings(env).settings, started);

describe('the greeting of npm start', () => {
  it('the greeting shows plain commands for the default data folder and port', () => {
    const text = greetingFor({});
    expect(text).toContain('\n  npm run sms -- ');
    expect(text).toContain('\n  npm run call -- ');
    expect(text).toContain('\n  npm run chat -- ');
    expect(text).toContain('Data: .parley (npm start -- --reset deletes it)');
  });

  it('with another data folder and port the greeting shows commands that reach this instance', () => {
    const text = greetingFor({ PARLEY_DATA_DIR: "/data/Ada's two", WEBHOOK_PORT: '4100' });
    const folder = String.raw`PARLEY_DATA_DIR='/data/Ada'\''s two'`;
    expect(text).toContain(`\n  ${folder} npm run sms -- `);
    expect(text).toContain(`\n  ${folder} npm run call -- `);
    expect(text).toContain(`(${folder} WEBHOOK_PORT=4100 npm start -- --reset deletes it)`);
  });
});
