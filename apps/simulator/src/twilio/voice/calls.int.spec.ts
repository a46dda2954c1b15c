import twilio from 'twilio';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FRAME_BYTES, SAMPLES_PER_MS, encodeSpeech } from '../../speech/tone-modem.js';
import { CallServer, type MediaPeer } from '../../testing/call-server.js';
import {
  ACCOUNT_SID,
  AUTH_TOKEN,
  OWN_NUMBER,
  PERSON,
  type RunningSimulator,
  startSimulator,
} from '../../testing/running-simulator.js';
import { twilioClientFor } from '../../testing/twilio-client.js';

const PACE = 6;
const WAIT = 'waitMs=60000';

describe('phone calls', () => {
  let simulator: RunningSimulator;
  let server: CallServer;

  beforeAll(async () => {
    simulator = await startSimulator({ SIMULATOR_LATENCY: 'none' });
  });
  beforeEach(async () => {
    await simulator.control('POST', 'reset');
    await simulator.control('POST', 'voice', { twilio: { pace: PACE } });
    server = await CallServer.start();
  });
  afterEach(() => server.close());
  afterAll(() => simulator.close());

  const client = () => twilioClientFor(simulator.url);
  const startCall = async (over: object = {}): Promise<string> => {
    const { status, json } = await simulator.control('POST', 'calls', {
      from: PERSON,
      url: `${server.url}/voice`,
      ...over,
    });
    expect(status).toBe(201);
    return json.callSid;
  };
  /** Starts a call and waits until its media stream is open. */
  const connect = async (then = '', over: object = {}): Promise<{ sid: string; peer: MediaPeer }> => {
    server.documents.set('/voice', server.connectTwiml(then));
    const next = server.nextPeer();
    const sid = await startCall(over);
    return { sid, peer: await next };
  };
  const say = (sid: string, text: string) => simulator.control('POST', `calls/${sid}/say`, { text });
  const heard = async (sid: string, text: string): Promise<string> => {
    const query = `text=${encodeURIComponent(text)}&${WAIT}`;
    return (await simulator.control('GET', `calls/${sid}/heard?${query}`)).json.text;
  };
  const ended = async (sid: string): Promise<string> => {
    await simulator.control('GET', `calls?status=completed&${WAIT}`);
    return (await simulator.control('GET', `calls/${sid}`)).json.status;
  };
  const events = async (sid: string, kind: string, count = 1) => {
    const query = `kind=${kind}&count=${count}&${WAIT}`;
    return (await simulator.control('GET', `calls/${sid}/events?${query}`)).json.events;
  };
  const postsTo = (path: string) => server.posts.filter(({ target }) => target.startsWith(path));
  const isSigned = (url: string, headers: { [name: string]: unknown }, params: Record<string, string> = {}) =>
    twilio.validateRequest(AUTH_TOKEN, String(headers['x-twilio-signature']), url, params);

  describe('inbound calls', () => {
    it('an inbound call posts a signed webhook and opens the signed media socket that the TwiML names', async () => {
      const { sid, peer } = await connect('', { params: { StirVerstat: 'TN-Validation-Passed-A' } });
      const [post] = postsTo('/voice');
      expect(post!.params).toMatchObject({
        AccountSid: ACCOUNT_SID,
        CallSid: sid,
        CallStatus: 'ringing',
        Direction: 'inbound',
        From: PERSON,
        Caller: PERSON,
        To: OWN_NUMBER,
        Called: OWN_NUMBER,
        StirVerstat: 'TN-Validation-Passed-A',
      });
      expect(isSigned(`${server.url}/voice`, post!.headers, post!.params)).toBe(true);
      expect(isSigned(server.mediaUrl, peer.headers)).toBe(true);
      expect(isSigned(`${server.mediaUrl}/other`, peer.headers)).toBe(false);
      expect(peer.messages[0]).toEqual({ event: 'connected', protocol: 'Call', version: '1.0.0' });
      const start = peer.messages[1]!;
      expect(start).toEqual({
        event: 'start',
        sequenceNumber: '1',
        streamSid: expect.stringMatching(/^MZ[0-9a-f]{32}$/),
        start: {
          streamSid: start.streamSid,
          accountSid: ACCOUNT_SID,
          callSid: sid,
          tracks: ['inbound'],
          mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
          customParameters: { callId: 'call_1 & more' },
        },
      });
    });

    it('the media socket sends the caller’s speech in frames of 20 ms, numbered as Twilio numbers them', async () => {
      const { sid, peer } = await connect();
      await say(sid, 'Grüße, can you hear me?');
      await peer.until(({ words }) => words.length === 5);
      expect(peer.words).toEqual(['Grüße,', 'can', 'you', 'hear', 'me?']);
      const media = peer.of('media');
      expect(
        media.every(({ media: frame }) => Buffer.from(frame!.payload, 'base64').length === FRAME_BYTES),
      ).toBe(true);
      expect(media.slice(0, 3).map((message) => [message.sequenceNumber, message.media!.chunk])).toEqual([
        ['2', '1'],
        ['3', '2'],
        ['4', '3'],
      ]);
      expect(media.map(({ media: frame }) => Number(frame!.timestamp))).toEqual(
        media.map((_, i) => 20 * (i + 1)),
      );
      expect(media.every(({ media: frame }) => frame!.track === 'inbound')).toBe(true);
    });

    it('the simulated caller hears exactly the played audio, in real time', async () => {
      const { sid, peer } = await connect();
      peer.echoAfterWords = 3;
      const { json: said } = await say(sid, 'One two three');
      expect(said).toMatchObject({
        completed: true,
        words: [{ text: 'One' }, { text: 'two' }, { text: 'three' }],
      });
      expect(await heard(sid, 'three')).toBe('One two three');
      const { json } = await simulator.control('GET', `calls/${sid}/heard`);
      const played = json.words.map((word: { endMs: number; startMs: number }) => word.endMs - word.startMs);
      const spoken = said.words.map((word: { endMs: number; startMs: number }) => word.endMs - word.startMs);
      expect(played.map(Math.round)).toEqual(spoken.map(Math.round));
      const { json: turns } = await simulator.control('GET', `calls/${sid}/turns`);
      expect(turns.turns).toHaveLength(2);
      expect(turns.turns[1]).toMatchObject({ said: 'One two three', speechEndMs: said.endMs });
    });

    it('an utterance can be spoken at another pace than the call’s', async () => {
      const { sid } = await connect('', { pace: 2 });
      const lengthMs = async (body: object): Promise<number> => {
        const { json } = await simulator.control('POST', `calls/${sid}/say`, { text: 'Wonderful', ...body });
        return json.endMs - json.startMs;
      };
      const ofCall = await lengthMs({});
      expect(await lengthMs({ pace: 8 })).toBeLessThan(ofCall / 2);
    });

    it('the simulated caller hears damaged audio as damaged words', async () => {
      const { sid, peer } = await connect();
      const { audio } = encodeSpeech('Nothing may get lost here', PACE);
      const frames = Array.from({ length: Math.ceil(audio.length / FRAME_BYTES) }, (_, i) =>
        audio.subarray(i * FRAME_BYTES, (i + 1) * FRAME_BYTES),
      );
      peer.play(Buffer.concat(frames.filter((_, i) => i !== 4)));
      const text = await heard(sid, 'here');
      expect(text).toContain('[cut:');
      expect(text).not.toContain('Nothing may get lost here');
    });

    it('the media socket echoes a mark after the audio before it was played, and all marks at once on clear', async () => {
      const { sid, peer } = await connect();
      const { audio, words } = encodeSpeech(`first second ${'more '.repeat(200)}last`, 2);
      peer.play(audio.subarray(0, words[0]!.end));
      peer.mark('g1:m1');
      peer.play(audio.subarray(words[0]!.end));
      peer.mark('g1:m2');
      peer.mark('g1:m3');
      await peer.until((twilioSide) => twilioSide.of('mark').length === 1);
      expect(await heard(sid, 'first')).toBe('first');
      await heard(sid, 'second');
      peer.send({ event: 'clear' });
      await peer.until((twilioSide) => twilioSide.of('mark').length === 3);
      expect(peer.of('mark').map(({ mark }) => mark!.name)).toEqual(['g1:m1', 'g1:m2', 'g1:m3']);
      const [clear] = await events(sid, 'clear');
      expect(clear.unplayedMs).toBeGreaterThan(0);
      const marks = await events(sid, 'mark', 3);
      expect(marks.map(({ why }: { why: string }) => why)).toEqual(['played', 'cleared', 'cleared']);
      peer.play(encodeSpeech('later', PACE).audio);
      peer.mark('g2:m1');
      expect(await heard(sid, 'later')).toMatch(/^first second( more)*( \[cut:\w*\])? later$/);
      expect(await heard(sid, 'later')).not.toContain('last');
      await peer.until((twilioSide) => twilioSide.of('mark').length === 4);
    });

    it('the media socket echoes a mark at once when no audio is queued', async () => {
      const { peer } = await connect();
      peer.mark('alone');
      await peer.until((twilioSide) => twilioSide.of('mark').length === 1);
      expect(peer.of('mark')[0]!.mark!.name).toBe('alone');
    });

    it('the media socket forwards pressed keys and leaves a gap for skipped audio', async () => {
      const { sid, peer } = await connect();
      await simulator.control('POST', `calls/${sid}/dtmf`, { digits: '4#' });
      await peer.until((twilioSide) => twilioSide.of('dtmf').length === 2);
      expect(peer.of('dtmf').map(({ dtmf }) => dtmf)).toEqual([
        { track: 'inbound_track', digit: '4' },
        { track: 'inbound_track', digit: '#' },
      ]);
      await peer.until((twilioSide) => twilioSide.of('media').length > 0);
      await simulator.control('POST', `calls/${sid}/skip-audio`, { ms: 200 });
      const gapOf = (twilioSide: MediaPeer) => {
        const at = twilioSide.of('media').map(({ media }) => Number(media!.timestamp));
        return Math.max(...at.slice(1).map((ms, i) => ms - at[i]!));
      };
      await peer.until((twilioSide) => gapOf(twilioSide) === 220);
    });

    it('an audio event reports length, silent tail and the audio that was already queued', async () => {
      const { sid, peer } = await connect();
      const { audio, words } = encodeSpeech('one two', 1);
      const lastMs = (audio.length - words[1]!.end) / 8;
      peer.play(audio);
      peer.play(audio);
      const [first, second] = await events(sid, 'audio', 2);
      expect(first).toMatchObject({ ms: audio.length / 8, foundMs: 0, silentTailMs: lastMs });
      // How much of the first message has been played by then depends on the machine.
      expect(second.foundMs).toBeGreaterThan(0);
      expect(second.foundMs).toBeLessThanOrEqual(audio.length / 8);
    });

    it('a stalled media socket sends nothing during the stall and loses nothing', async () => {
      const { sid, peer } = await connect();
      await peer.until((twilioSide) => twilioSide.of('media').length > 0);
      await simulator.control('POST', `calls/${sid}/stall`, { ms: 400 });
      const before = peer.of('media').length;
      peer.play(encodeSpeech('later', PACE).audio);
      expect(await heard(sid, 'later')).toBe('later');
      await peer.until((twilioSide) => twilioSide.of('media').length > before + 10);
      const at = peer.of('media').map(({ media }) => Number(media!.timestamp));
      expect(at).toEqual(at.map((_, i) => at[0]! + i * 20));
      const [audio] = await events(sid, 'audio', 1);
      const { json: call } = await simulator.control('GET', `calls/${sid}`);
      expect(audio.atMs).toBeGreaterThanOrEqual(call.streams[0].startedMs + 400);
    });

    it('the media stream stops when the caller hangs up', async () => {
      const { sid, peer } = await connect();
      await simulator.control('POST', `calls/${sid}/hangup`);
      await peer.until(({ closeCode }) => closeCode !== null);
      expect(peer.messages.at(-1)).toMatchObject({
        event: 'stop',
        streamSid: peer.streamSid,
        stop: { accountSid: ACCOUNT_SID, callSid: sid },
      });
      expect(peer.closeCode).toBe(1000);
      expect(await ended(sid)).toBe('completed');
      expect((await say(sid, 'too late')).status).toBe(409);
    });
  });

  describe('TwiML', () => {
    it('the next TwiML verb runs when the services close the media socket', async () => {
      const { sid, peer } = await connect(`<Redirect method="POST">/resume?callId=1</Redirect>`);
      server.documents.set('/resume', '<Response><Say>Good bye</Say><Hangup/></Response>');
      peer.socket.close(1000);
      expect(await ended(sid)).toBe('completed');
      expect(await heard(sid, 'bye')).toBe('Good bye');
      const [post] = postsTo('/resume');
      expect(post!.params).toMatchObject({ CallSid: sid, CallStatus: 'in-progress' });
      expect(isSigned(`${server.url}/resume?callId=1`, post!.headers, post!.params)).toBe(true);
      expect((await events(sid, 'stream-stopped'))[0]).toMatchObject({ by: 'peer', code: 1000 });
    });

    it('the stream’s status callback receives signed posts about start, error and stop', async () => {
      server.documents.set('/voice', server.connectTwiml('', `statusCallback="${server.url}/stream"`));
      const next = server.nextPeer();
      await startCall();
      const peer = await next;
      peer.socket.send('{"event":"media"');
      await simulator.control('GET', `requests?kind=stream-status&outcome=answered&count=2&${WAIT}`);
      peer.socket.close();
      await simulator.control('GET', `requests?kind=stream-status&outcome=answered&count=3&${WAIT}`);
      const posts = postsTo('/stream');
      expect(posts.map(({ params }) => params['StreamEvent'])).toEqual([
        'stream-started',
        'stream-error',
        'stream-stopped',
      ]);
      expect(posts[1]!.params).toMatchObject({ StreamSid: peer.streamSid, StreamErrorCode: '31951' });
      expect(posts.every(({ headers, params }) => isSigned(`${server.url}/stream`, headers, params))).toBe(
        true,
      );
    });

    it.each([
      ['an unknown member', { event: 'clear', extra: 1 }, 31951],
      ['an unknown event', { event: 'dtmf', dtmf: { digit: '1' } }, 31951],
      ['the SID of another stream', { event: 'clear', streamSid: 'MZ0' }, 31951],
      ['audio that is not base64', { event: 'media', media: { payload: '%%%' } }, 31950],
    ])(
      'a message from the services with %s is dropped and reported as a stream error',
      async (_what, message, error) => {
        const { sid, peer } = await connect();
        peer.send(message);
        expect((await events(sid, 'stream-error'))[0]).toMatchObject({ error });
        const { json } = await simulator.control('GET', `calls/${sid}`);
        expect(json.streams[0].messages).toMatchObject({ invalid: 1, clear: 0, media: 0 });
      },
    );

    it.each([
      ['next-verb', 'Sorry'],
      ['hang-up', ''],
    ])(
      'after a failed media handshake the call continues as configured: %s',
      async (failedHandshake, text) => {
        server.upgradeStatus = 503;
        server.documents.set('/voice', server.connectTwiml('<Say>Sorry</Say>'));
        const sid = await startCall({ failedHandshake });
        expect(await ended(sid)).toBe('completed');
        expect((await events(sid, 'stream-failed'))[0]).toMatchObject({ error: 31920 });
        expect(await heard(sid, '')).toBe(text);
      },
    );

    it('<Gather> posts the caller’s speech and keys to its action', async () => {
      server.documents.set(
        '/voice',
        `<Response><Gather input="speech dtmf" speechTimeout="auto" action="/got"><Say>What is it?</Say></Gather></Response>`,
      );
      server.documents.set('/got', [
        '<Response><Gather input="dtmf" numDigits="2" action="/digits"/></Response>',
      ]);
      const sid = await startCall();
      await heard(sid, 'it?');
      await say(sid, 'My parcel');
      await simulator.control('GET', `calls/${sid}/events?kind=webhook&count=2&${WAIT}`);
      expect(postsTo('/got')[0]!.params).toMatchObject({ SpeechResult: 'My parcel', CallSid: sid });
      await simulator.control('POST', `calls/${sid}/dtmf`, { digits: '42' });
      expect(await ended(sid)).toBe('completed');
      expect(postsTo('/digits')[0]!.params).toMatchObject({ Digits: '42' });
    });

    it('the simulated caller hears an error message after invalid TwiML or an error status', async () => {
      server.documents.set('/voice', ['<Response><Connect></Response>', 500]);
      for (let i = 0; i < 2; i += 1) {
        const sid = await startCall();
        expect(await heard(sid, 'Goodbye!')).toBe('An application error has occurred. Goodbye!');
      }
    });

    it('<Dial> posts the status of the dialled call to its action', async () => {
      await simulator.control('POST', 'callees', { number: '+15550100077', answer: 'busy', afterMs: 0 });
      server.documents.set(
        '/voice',
        '<Response><Dial action="/dialled"><Number>+15550100077</Number></Dial></Response>',
      );
      expect(await ended(await startCall())).toBe('completed');
      expect(postsTo('/dialled')[0]!.params).toMatchObject({ DialCallStatus: 'busy' });
    });
  });

  describe('broken media sockets', () => {
    it('the next TwiML verb runs when the media socket breaks without stop', async () => {
      const { sid, peer } = await connect('<Redirect>/resume</Redirect>');
      server.documents.set('/resume', server.connectTwiml());
      const next = server.nextPeer();
      await simulator.control('POST', `calls/${sid}/drop-socket`);
      await peer.until(({ closeCode }) => closeCode === 1006);
      expect(peer.of('stop')).toEqual([]);
      const resumed = await next;
      expect(resumed.of('start')[0]!.start!.callSid).toBe(sid);
      await say(sid, 'Still there?');
      await resumed.until(({ words }) => words.join(' ') === 'Still there?');
    });

    it('a call whose socket was dropped with next=nothing continues only after a REST update', async () => {
      const { sid, peer } = await connect('<Redirect>/resume</Redirect>');
      await simulator.control('POST', `calls/${sid}/drop-socket`, { next: 'nothing' });
      await peer.until(({ closeCode }) => closeCode === 1006);
      await events(sid, 'stream-stopped');
      expect(postsTo('/resume')).toEqual([]);
      const next = server.nextPeer();
      await client().calls(sid).update({ twiml: server.connectTwiml() });
      expect((await next).of('start')[0]!.start!.callSid).toBe(sid);
    });

    it.each([
      ['does not end', false],
      ['ends', true],
    ])(
      'a second media socket receives the audio instead of the older socket, whose close %s the stream',
      async (_what, olderCloseEnds) => {
        const { sid, peer: older } = await connect('<Hangup/>');
        const next = server.nextPeer();
        await simulator.control('POST', `calls/${sid}/second-socket`, { olderCloseEnds });
        const newer = await next;
        expect(newer.of('start')[0]!.start).toMatchObject({ callSid: sid });
        expect(newer.streamSid).not.toBe(older.streamSid);
        await say(sid, 'To the newer one');
        await newer.until(({ words }) => words.length === 4);
        expect(older.words).toEqual([]);
        older.socket.close(1000);
        await events(sid, 'stream-stopped');
        if (olderCloseEnds) expect(await ended(sid)).toBe('completed');
        else {
          await say(sid, 'and again');
          await newer.until(({ words }) => words.length === 6);
        }
      },
    );
  });

  describe('the Calls API', () => {
    it('a call placed by REST is answered, reports its statuses in order, and ends', async () => {
      server.documents.set('/voice', server.connectTwiml());
      const next = server.nextPeer();
      await simulator.control('POST', 'callees', { says: 'Ada speaking' });
      const created = await client().calls.create({
        to: PERSON,
        from: OWN_NUMBER,
        url: `${server.url}/voice`,
        machineDetection: 'Enable',
        statusCallback: `${server.url}/status`,
        statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      });
      expect(created).toMatchObject({ status: 'queued', direction: 'outbound-api', to: PERSON });
      const peer = await next;
      expect(postsTo('/voice')[0]!.params).toMatchObject({ AnsweredBy: 'human', Direction: 'outbound-api' });
      // The callee speaks at once, so its first word can be lost before the stream has started.
      await peer.until(({ words }) => words.at(-1) === 'speaking');
      expect(await client().calls(created.sid).fetch()).toMatchObject({ status: 'in-progress' });
      const updated = await client().calls(created.sid).update({ status: 'completed' });
      expect(updated).toMatchObject({ status: 'completed', sid: created.sid });
      await peer.until(({ closeCode }) => closeCode !== null);
      await simulator.control('GET', `requests?kind=call-status&outcome=answered&count=4&${WAIT}`);
      const posts = postsTo('/status').map(({ params }) => params);
      expect(posts.map(({ CallStatus }) => CallStatus)).toEqual([
        'initiated',
        'ringing',
        'in-progress',
        'completed',
      ]);
      expect(posts.map(({ SequenceNumber }) => SequenceNumber)).toEqual(['0', '1', '2', '3']);
      expect(posts.at(-1)!['CallDuration']).toMatch(/^\d+$/);
      const { json } = await simulator.control(
        'GET',
        `requests?callSid=${created.sid}&kind=twilio.call-update`,
      );
      expect(json.requests).toMatchObject([{ params: { Status: 'completed' }, status: 200 }]);
    });

    it('a REST update fetches the new TwiML before the media stream stops', async () => {
      const { sid, peer } = await connect();
      const before: number[] = [];
      server.onPost = () => void before.push(peer.of('stop').length);
      server.documents.set('/moved', '<Response><Say>Moved on</Say></Response>');
      await client()
        .calls(sid)
        .update({ url: `${server.url}/moved` });
      expect(await heard(sid, 'on')).toBe('Moved on');
      expect(before).toEqual([0]);
      expect(peer.of('stop')).toHaveLength(1);
      expect(await ended(sid)).toBe('completed');
    });

    it('the simulated Calls API refuses invalid requests with Twilio’s codes', async () => {
      const codeOf = (attempt: Promise<unknown>) =>
        attempt.then(
          () => null,
          (error: { code: number; status: number }) => `${error.status} ${error.code}`,
        );
      const create = (over: object) =>
        codeOf(client().calls.create({ to: PERSON, from: OWN_NUMBER, twiml: '<Response/>', ...over }));
      expect(await create({ to: 'nobody' })).toBe('400 21211');
      expect(await create({ from: PERSON })).toBe('400 21210');
      expect(await create({ twiml: undefined })).toBe('400 21205');
      expect(
        await codeOf(
          client()
            .calls(`CA${'0'.repeat(32)}`)
            .fetch(),
        ),
      ).toBe('404 20404');
      const wrong = twilioClientFor(simulator.url, ACCOUNT_SID, 'wrong');
      expect(await codeOf(wrong.calls.create({ to: PERSON, from: OWN_NUMBER, twiml: '<Response/>' }))).toBe(
        '401 20003',
      );
      await simulator.control('POST', 'faults', { kind: 'twilio.call', mode: '400', code: 21215 });
      expect(await create({})).toBe('400 21215');
      const { sid } = await connect();
      await simulator.control('POST', `calls/${sid}/hangup`);
      expect(await codeOf(client().calls(sid).update({ twiml: '<Response/>' }))).toBe('400 21220');
    });

    it.each(['busy', 'no-answer', 'failed'])(
      'a call to a callee with answer=%s ends with that status',
      async (answer) => {
        await simulator.control('POST', 'callees', { answer, afterMs: 0 });
        const { sid } = await client().calls.create({
          to: PERSON,
          from: OWN_NUMBER,
          url: `${server.url}/voice`,
          statusCallback: `${server.url}/status`,
        });
        await simulator.control('GET', `requests?kind=call-status&outcome=answered&${WAIT}`);
        expect(postsTo('/status')[0]!.params).toMatchObject({ CallSid: sid, CallStatus: answer });
        expect(postsTo('/voice')).toEqual([]);
      },
    );
  });

  it('[V-14] in thirty simultaneous calls each caller hears all words of its own call', async () => {
    server.documents.set('/voice', server.connectTwiml());
    server.onPeer = (peer) => (peer.echoAfterWords = 8);
    const sids = await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        const sid = await startCall({ from: `+155501001${String(i).padStart(2, '0')}` });
        await events(sid, 'stream-started');
        return sid;
      }),
    );
    const texts = sids.map((_, i) => `This is caller number ${i} and nobody else`);
    await Promise.all(sids.map((sid, i) => say(sid, texts[i]!)));
    expect(await Promise.all(sids.map((sid) => heard(sid, 'else')))).toEqual(texts);
    const { json } = await simulator.control('GET', 'calls');
    for (const call of json.calls) expect(call.streams[0].messages.invalid).toBe(0);
  });

  it('GET /control/call-events?follow=true streams the events as JSON lines', async () => {
    const leaving = new AbortController();
    const response = await fetch(`${simulator.url}/control/call-events?follow=true`, {
      signal: leaving.signal,
    });
    const { sid } = await connect();
    let text = '';
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      if (text.includes('stream-started')) break;
    }
    leaving.abort();
    const kinds = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((event) => event.callSid === sid)
      .map((event) => event.kind);
    expect(kinds.slice(0, 2)).toEqual(['status', 'webhook']);
    expect(kinds).toContain('stream-connecting');
  });

  it('a clear in the middle of a word cuts the word that the simulated caller hears', async () => {
    const { sid, peer } = await connect();
    peer.play(encodeSpeech('incomprehensibilities', 0.1).audio);
    await events(sid, 'playing');
    peer.send({ event: 'clear' });
    const [clear] = await events(sid, 'clear');
    peer.play(encodeSpeech('done', PACE).audio);
    await heard(sid, 'done');
    const { json } = await simulator.control('GET', `calls/${sid}/heard`);
    const [cut] = json.words;
    expect(cut.cut).toBe(true);
    expect(Math.abs(cut.endMs - clear.atMs)).toBeLessThanOrEqual(1 / SAMPLES_PER_MS + 1);
  });
});
