import { describe, expect, it } from 'vitest';
import type { CallResult } from './caller.js';
import { soakFindings, type SoakEvidence } from './checks.js';
import type { CallRecord, VendorSocket } from './collect-evidence.js';
import type { Vitals } from './vitals.js';

const vitals: Vitals = { sockets: 20, otherFiles: 26, heapBytes: 1, rssBytes: 1, objects: { Timeout: 5 } };
const talk: CallResult = {
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
  comparisons: [{ service: 'voice-bridge', base: vitals, end: vitals }],
  leftovers: [],
};

const findings = (change: Partial<SoakEvidence>) => soakFindings({ ...clean, ...change });

describe('the soak checks', () => {
  it('the soak checks find nothing in evidence without faults', () => {
    expect(findings({})).toEqual([]);
  });

  it.each<[string, Partial<SoakEvidence>, RegExp]>([
    [
      'a process with more objects than before',
      {
        comparisons: [
          { service: 'voice-bridge', base: vitals, end: { ...vitals, objects: { CallSession: 3 } } },
        ],
      },
      /leak in voice-bridge: CallSession objects went from 0 to 3/,
    ],
    [
      'an open vendor socket',
      { vendorSockets: [{ ...socket, closed: null }] },
      /leak at elevenlabs: still open \(1 of 1 sockets\)/,
    ],
    [
      'a vendor socket that voice-bridge did not close',
      { vendorSockets: [{ ...socket, closed: { code: 1011, reason: 'idle', by: 'vendor' } }] },
      /closed by the vendor with 1011 idle/,
    ],
    [
      'several open speech contexts at a time',
      { vendorSockets: [{ ...socket, mostOpen: 3 }] },
      /3 contexts were open at a time/,
    ],
    ['a stuck call', { played: [{ ...talk, end: 'stuck', detail: 'no answer' }] }, /stuck: CA1/],
    [
      'a kind of call that never completed its plan',
      { played: [{ ...talk, end: 'cut short', detail: 'hung up on' }] },
      /no call whose caller talks completed its plan: hung up on/,
    ],
    ['a call that has not ended', { records: [{ ...record, status: 'answered' }] }, /call_1 is answered/],
    ['a call without an end reason', { records: [{ ...record, endReason: null }] }, /has no end reason/],
    ['a call that was not recorded', { records: [] }, /CA1, whose caller talks, is not in voice-bridge/],
    [
      'a sentence that is missing from the transcript',
      { records: [{ ...record, said: ['Hello.'] }] },
      /"Goodbye\." was answered in CA1 but is not in its transcript once/,
    ],
    [
      'a sentence that is twice in the transcript',
      { records: [{ ...record, said: ['Hello.', 'Hello.', 'Goodbye.'] }] },
      /"Hello\." was answered in CA1 but is not in its transcript once/,
    ],
    ['unfinished work', { leftovers: ['1 lanes leased'] }, /1 lanes leased/],
  ])('the soak checks find %s', (_what, change, finding) => {
    expect(findings(change).join('\n')).toMatch(finding);
  });

  it('the soak checks accept a call that was cut short if another call of its kind was not', () => {
    const short: CallResult = { ...talk, end: 'cut short', answered: [] };
    expect(findings({ played: [talk, short] })).toEqual([]);
  });
});
