import { readFileSync } from 'node:fs';

/** File with an offset in milliseconds. This module, loaded first, shifts the wall clock of a gateway by it. */
const file = process.env.STEPPED_CLOCK_FILE ?? '';
const now = Date.now.bind(Date);
Date.now = () => now() + Number(readFileSync(file, 'utf8'));
