import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';
import { expect, it } from 'vitest';
import { FOUND_TEXT_MESSAGE, foundTextSid } from './gateway-log.js';

const GATEWAY_SOURCE = 'apps/sms-gateway/src/inbound/missed/find-missed-sms.ts';

it("the gateway logs a text found in the carrier's list with the message that chaos looks for", () => {
  expect(readFileSync(join(repositoryRoot, GATEWAY_SOURCE), 'utf8')).toContain(`'${FOUND_TEXT_MESSAGE}'`);
});

it("foundTextSid returns the SID of a text found in the carrier's list, and undefined for other log lines", () => {
  const line = (msg: string) => JSON.stringify({ level: 'info', messageSid: 'SM1', msg });
  expect(foundTextSid(line(FOUND_TEXT_MESSAGE))).toBe('SM1');
  expect(foundTextSid(line('A text was ignored'))).toBeUndefined();
});
