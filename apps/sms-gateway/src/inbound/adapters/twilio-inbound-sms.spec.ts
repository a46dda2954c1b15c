import { InboundMedia } from '@parley/contracts';
import { describe, expect, it } from 'vitest';
import { inboundSmsOf, TwilioInboundSms } from './twilio-inbound-sms.js';

const form = (media: Record<string, string>) => ({
  MessageSid: `SM${'0'.repeat(32)}`,
  From: '+15550100001',
  To: '+15550100000',
  NumMedia: '1',
  ...media,
});
const mediaOf = (params: Record<string, string>) =>
  inboundSmsOf(TwilioInboundSms.parse(params), params, new Date(0)).media;

describe('the media of an inbound text', () => {
  it.each([
    'https://api.twilio.com/media/1',
    'https://api.twilio.com/media/1 ',
    '\thttps://api.twilio.com/media/1',
  ])('the media URL %j of a text is read as an address that our contract accepts', (url) => {
    const [media] = mediaOf(form({ MediaUrl0: url, MediaContentType0: 'image/png' }));
    expect(media).toEqual({ url: 'https://api.twilio.com/media/1', contentType: 'image/png' });
    expect(InboundMedia.parse(media)).toEqual(media);
  });

  it.each(['', 'nonsense', 'javascript:alert(1)', 'mailto:a@example.com', 'data:text/plain,x'])(
    'the media URL %j of a text is skipped, because it is not a web address',
    (url) => {
      expect(mediaOf(form({ MediaUrl0: url }))).toEqual([]);
    },
  );

  it('a text has at most ten media, even if NumMedia is larger', () => {
    const urls = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`MediaUrl${i}`, `https://example.com/${i}`]),
    );
    expect(mediaOf({ ...form(urls), NumMedia: '999' })).toHaveLength(10);
  });
});
