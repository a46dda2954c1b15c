import { describe, expect, it } from 'vitest';
import type { PlayedCall } from './caller.js';
import { findingsIn, type SoakEvidence } from './checks.js';
import type { CallRecord, VendorSocket } from './collect.js';
import type { Vitals } from './vitals.js';

const vitals: Vitals = { sockets: 20, otherFiles: 26, heapBytes: 1, rssBytes: 1, objects: { Timeout: 5 } };
const talk: PlayedCall = {
  number: 1,
  kind: 'talks',
  callSid: 'CA1',
  answered: ['Hello.', 'Goodbye.'],
  end: 'as planned',
};
const record: CallRecord = {
  id: 'call_1',
  callSid: 'CA1',
  status: 'ended',
  endReason: 'caller-hung-up',
  said: ['', 'Hello.', 'Goodbye.'],
};
const socket: VendorSocket = {
  vendor: 'elevenlabs',
  id: 'v1',
  query: {},
  closed: { code: 1000, reason: '', by: 'vendor' },
  mostOpen: 1,
};
const clean: SoakEvidence = {
  played: [talk],
  records: [record],
  vendorSockets: [
    socket,
    { ...socket, vendor: 'deepgram', closed: { code: 1006, reason: '', by: 'client' } },
  ],
  watches: [{ service: 'voice-bridge', base: vitals, end: vitals }],
  leftovers: [],
};

const findings = (change: Partial<SoakEvidence>) => findingsIn({ ...clean, ...change });

describe('a soak', () => {
  it('without anything to find finds nothing', () => {
    expect(findings({})).toEqual([]);
  });

  it.each<[string, Partial<SoakEvidence>, RegExp]>([
    [
      'a process that holds more than before',
      {
        watches: [{ service: 'voice-bridge', base: vitals, end: { ...vitals, objects: { CallSession: 3 } } }],
      },
      /leak in voice-bridge: CallSession objects went from 0 to 3/,
    ],
    [
      'a socket that is still open',
      { vendorSockets: [{ ...socket, closed: null }] },
      /leak at elevenlabs: still open \(1 of 1 sockets\)/,
    ],
    [
      'a socket that the vendor had to close',
      { vendorSockets: [{ ...socket, closed: { code: 1011, reason: 'idle', by: 'vendor' } }] },
      /had to close by itself, 1011 idle/,
    ],
    [
      'utterances that were not closed before the next',
      { vendorSockets: [{ ...socket, mostOpen: 3 }] },
      /3 contexts open at a time/,
    ],
    ['a call that stood still', { played: [{ ...talk, end: 'stuck', detail: 'no answer' }] }, /stuck: CA1/],
    [
      'a kind of call that never went as planned',
      { played: [{ ...talk, end: 'cut short', detail: 'hung up on' }] },
      /no call whose caller talks went as planned: hung up on/,
    ],
    ['a call that is not over', { records: [{ ...record, status: 'answered' }] }, /call_1 is answered/],
    ['a call that ended for no reason', { records: [{ ...record, endReason: null }] }, /ended by nothing/],
    ['a call that nobody wrote down', { records: [] }, /CA1, whose caller talks, is not/],
    [
      'words that are not in the transcript',
      { records: [{ ...record, said: ['Hello.'] }] },
      /"Goodbye\." was answered in CA1 and is not once/,
    ],
    [
      'words that are in it twice',
      { records: [{ ...record, said: ['Hello.', 'Hello.', 'Goodbye.'] }] },
      /"Hello\." was answered in CA1 and is not once/,
    ],
    ['what did not come to rest', { leftovers: ['1 lanes leased'] }, /1 lanes leased/],
  ])('finds %s', (_what, change, finding) => {
    expect(findings(change).join('\n')).toMatch(finding);
  });

  it('forgives a call that was cut short among others that were not', () => {
    const short: PlayedCall = { ...talk, end: 'cut short', answered: [] };
    expect(findings({ played: [talk, short] })).toEqual([]);
  });
});
