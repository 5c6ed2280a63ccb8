import { readFileSync } from 'node:fs';

/** Loaded into a gateway before anything else: its wall clock is off by the milliseconds in a file. */
const file = process.env.STEPPED_CLOCK_FILE ?? '';
const now = Date.now.bind(Date);
Date.now = () => now() + Number(readFileSync(file, 'utf8'));
