import { ChatError, chatInTerminal } from './chat/chat-in-terminal.js';
import { findRun } from './launcher/find-run.js';
import { readArguments } from './read-arguments.js';

async function main(): Promise<void> {
  const { positionals } = readArguments('npm run chat --', { allowPositionals: true });
  const [userId, ...texts] = positionals;
  if (userId === undefined)
    throw new ChatError('Give the id of a user, and a message if you want: npm run chat -- "ada" "Hello"');
  const { origin, apiKey } = findRun();
  await chatInTerminal({
    origin,
    apiKey,
    userId,
    ...(texts.length > 0 && { text: texts.join(' ') }),
    input: process.stdin,
    print: (line) => console.log(line),
  });
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
