import { describe, expect, it } from 'vitest';
import { parseTwiml } from './twiml.js';

describe('parseTwiml', () => {
  it('parseTwiml reads verbs, attributes, text and entities', () => {
    const document = `<?xml version="1.0"?>
      <!-- a call --><Response><Say voice='a"b'> Tom &amp; Jerry &#x1F44B;<![CDATA[ <3 ]]></Say>
      <Connect><Stream url="wss://a.example/m?x=1&amp;y=2"/></Connect></Response>`;
    expect(parseTwiml(document)).toEqual([
      { name: 'Say', attributes: { voice: 'a"b' }, children: [], text: 'Tom & Jerry 👋 <3' },
      {
        name: 'Connect',
        attributes: {},
        text: '',
        children: [
          { name: 'Stream', attributes: { url: 'wss://a.example/m?x=1&y=2' }, children: [], text: '' },
        ],
      },
    ]);
  });

  it.each([
    ['an empty document', ''],
    ['a document without Response', '<Say>Hello</Say>'],
    ['a document with two roots', '<Response/><Response/>'],
    ['an element that does not end', '<Response><Say>Hello</Response>'],
    ['text after the root element', '<Response/>x'],
    ['a bare ampersand', '<Response><Say>Tom & Jerry</Say></Response>'],
    ['an unknown entity', '<Response><Say>&nbsp;</Say></Response>'],
    ['an attribute without quotes', '<Response><Say voice=x>Hello</Say></Response>'],
    ['a repeated attribute', '<Response><Say voice="x" voice="y"/></Response>'],
    ['a document type', '<!DOCTYPE Response><Response/>'],
    ['a document of more than 4000 characters', `<Response><Say>${'x'.repeat(4_000)}</Say></Response>`],
  ])('parseTwiml refuses %s', (_what, document) => {
    expect(() => parseTwiml(document)).toThrow(expect.objectContaining({ code: 12100 }));
  });
});
