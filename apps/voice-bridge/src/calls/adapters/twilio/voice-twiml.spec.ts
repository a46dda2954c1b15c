import { expect, it } from 'vitest';
import { sayAndHangUpTwiml } from './voice-twiml.js';

it.each([
  ['de', ' language="de-DE"'],
  ['de-AT', ' language="de-AT"'],
  ['de-CH', ' language="de-DE"'],
  ['en', ' language="en-US"'],
  ['en-gb', ' language="en-GB"'],
  ['pt', ' language="pt-BR"'],
  ['no', ' language="nb-NO"'],
  ['zh_CN', ' language="zh-CN"'],
  ['tlh', ''],
])('[V-06] for the language %s, Twilio gets <Say%s>', (language, attribute) => {
  expect(sayAndHangUpTwiml('Tag \u0007& Gruß', language)).toBe(
    `<?xml version="1.0" encoding="UTF-8"?><Response><Say${attribute}>Tag &amp; Gruß</Say><Hangup/></Response>`,
  );
});
