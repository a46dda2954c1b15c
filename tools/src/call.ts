import { createInterface } from 'node:readline';
import { CallError, type PhoneCall, startCall } from './call/phone.js';
import { findRun } from './launcher/find-run.js';
import { readArguments } from './read-arguments.js';

async function main(): Promise<void> {
  const { positionals } = readArguments('npm run call --', {
    allowPositionals: true,
  });
  const [from, ...rest] = positionals;
  if (from === undefined || rest.length > 0)
    throw new CallError('Give one number: npm run call -- "+15550100001"');
  const { simulator } = findRun();
  if (!simulator)
    throw new CallError('Parley runs with live Twilio credentials: call your Twilio number from a phone.');
  const call = await startCall({
    simulatorUrl: simulator.url,
    ownNumber: simulator.phoneNumber,
    from,
    waitForSilence: !process.stdin.isTTY,
    print: (line) => console.log(line),
  });
  await talk(call);
}

/** Reads the caller's sentences from standard input until one side hangs up. */
async function talk(call: PhoneCall): Promise<void> {
  const keyboard = createInterface({ input: process.stdin });
  keyboard.on('line', (line) => {
    const text = line.trim();
    if (text === '/hangup') call.hangUp();
    else if (text.startsWith('/')) console.log(`Unknown command ${text}. /hangup ends the call.`);
    else if (text !== '') call.say(text);
  });
  keyboard.on('close', () => call.hangUpOnceQuiet());
  process.on('SIGINT', () => call.hangUp());
  await call.ended;
  keyboard.close();
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
