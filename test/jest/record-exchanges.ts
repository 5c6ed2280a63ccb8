import { subscribe } from 'node:diagnostics_channel';
import { openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { CALLBACK_CHANNEL, EXCHANGE_CHANNEL } from '../contract/channels.js';

// Loaded into a program under test before its own code. The program may be killed at any moment, so that every exchange is
// written before the sandbox responds.
const folder = process.env.EXCHANGES_FOLDER ?? '';
let file: number | null = null;

for (const name of [EXCHANGE_CHANNEL, CALLBACK_CHANNEL]) {
  subscribe(name, (message) => {
    file ??= openSync(path.join(folder, `${process.pid}.jsonl`), 'a');
    writeSync(file, `${JSON.stringify([name, message])}\n`);
  });
}
