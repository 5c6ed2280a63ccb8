import { isIP } from 'node:net';
import { z } from 'zod';
import { parseUrl } from './domain/url.js';
import { isLoopback } from './http/limits/client-address.js';

/** Parses a whole number. */
export const integerBetween = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

export const yesOrNo = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((value) => value === 'true');

/** Parses a path or name. */
export const text = z.string().max(1024, 'must be at most 1024 characters');

export const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((value) => !/[?#]|:\/\/[^/]*@/.test(value), 'must not contain a user name, query or fragment');

/** Parses a URL whose responses cannot be changed in transit. */
export const safeUrl = baseUrl.refine(
  (value) => /^https:/.test(value) || isLoopback(parseUrl(value)?.hostname ?? 'localhost'),
  'must be an https URL, or an http URL of this machine',
);

export const apiKey = z.string().regex(/^[\x21-\x7e]{1,512}$/, 'must be 1 to 512 visible ASCII characters');

/** Parses a comma-separated list. */
export const list = (item: z.ZodType<string, string>) =>
  z
    .string()
    .default('')
    .transform((value) =>
      value
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== ''),
    )
    .pipe(z.array(item));

export const origin = z
  .string()
  .refine(
    (value) => /^https?:/.test(value) && parseUrl(value)?.origin === value,
    'must be a comma-separated list of origins without a path, such as https://app.example.com',
  );

export const network = z.string().refine((value) => {
  const [address = '', bits, ...rest] = value.split('/');
  const size = isIP(address) === 4 ? 32 : 128;
  const isBits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= size);
  return isIP(address) !== 0 && isBits && rest.length === 0;
}, 'must be a comma-separated list of IP addresses or networks, such as 10.0.0.0/8');
