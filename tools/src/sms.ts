import { join } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';
import { readRunFile } from './launcher/run-file.js';
import { readArguments } from './read-arguments.js';
import { SmsError, textAndListen } from './sms/text-and-listen.js';

const HELP = `npm run sms -- "<from>" "<text>"

Texts the simulated Twilio number of the running npm start, signed as Twilio signs, and shows what comes back.

  npm run sms -- "+15550100001" "Hello"
`;

async function main(): Promise<void> {
  const { values, positionals } = readArguments('npm run sms --', {
    options: { help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help) return console.log(HELP);
  const [from, text, ...rest] = positionals;
  if (from === undefined || text === undefined || rest.length > 0) throw new SmsError(HELP);
  const dataDir = process.env['PARLEY_DATA_DIR'] || join(repositoryRoot, '.parley');
  const run = readRunFile(dataDir);
  if (!run)
    throw new SmsError('Parley does not run here. Start it with npm start, and wait for its greeting.');
  if (!run.simulatorUrl)
    throw new SmsError('Parley runs with live Twilio credentials: text your Twilio number from a phone.');
  await textAndListen({ simulatorUrl: run.simulatorUrl, from, text, print: (line) => console.log(line) });
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
