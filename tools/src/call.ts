import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { repositoryRoot } from '@parley/local-stack';
import { CallError, type PhoneCall, phone } from './call/phone.js';
import { readRunFile } from './launcher/run-file.js';
import { readArguments } from './read-arguments.js';

const HELP = `npm run call -- "<from>"

Calls the simulated Twilio number of the running npm start: type what the caller says, read what they hear.

  npm run call -- "+15550100001"

While the call lasts:
  any line         the caller says it
  /hangup          the caller hangs up; Ctrl-D or Ctrl-C do so too

What they hear is shown at each pause. What you type interrupts the agent; lines from a pipe wait until it has ended.
`;

async function main(): Promise<void> {
  const { values, positionals } = readArguments('npm run call --', {
    options: { help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help) return console.log(HELP);
  const [from, ...rest] = positionals;
  if (from === undefined || rest.length > 0) throw new CallError(HELP);
  const run = readRunFile(process.env['PARLEY_DATA_DIR'] || join(repositoryRoot, '.parley'));
  if (!run)
    throw new CallError('Parley does not run here. Start it with npm start, and wait for its greeting.');
  if (!run.simulatorUrl)
    throw new CallError('Parley runs with live Twilio credentials: call your Twilio number from a phone.');
  const call = await phone({
    simulatorUrl: run.simulatorUrl,
    from,
    inTurn: !process.stdin.isTTY,
    print: (line) => console.log(line),
  });
  await talk(call);
}

/** Until one side hangs up. */
async function talk(call: PhoneCall): Promise<void> {
  const keyboard = createInterface({ input: process.stdin });
  keyboard.on('line', (line) => {
    const text = line.trim();
    if (text === '/hangup') call.hangUp();
    else if (text.startsWith('/')) console.log(`There is no ${text}; /hangup ends the call.`);
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
