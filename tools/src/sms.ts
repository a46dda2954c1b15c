import { findRun } from './launcher/find-run.js';
import { readArguments } from './read-arguments.js';
import { SmsError, sendAndPrintReplies } from './sms/send-and-print-replies.js';

async function main(): Promise<void> {
  const { positionals } = readArguments('npm run sms --', {
    allowPositionals: true,
  });
  const [from, text, ...rest] = positionals;
  if (from === undefined || text === undefined || rest.length > 0)
    throw new SmsError('Give a number and a text: npm run sms -- "+15550100001" "Hello"');
  const { simulator } = findRun();
  if (!simulator)
    throw new SmsError('Parley runs with live Twilio credentials: text your Twilio number from a phone.');
  await sendAndPrintReplies({
    simulatorUrl: simulator.url,
    ownNumber: simulator.phoneNumber,
    from,
    text,
    print: (line) => console.log(line),
  });
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
