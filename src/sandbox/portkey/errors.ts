import { type Answer, json, Refusal } from '../answer.js';

/** Documented error codes with their HTTP status. */
const STATUS = {
  AB01: 400,
  AB02: 404,
  AB03: 403,
  AB04: 500,
  AB05: 401,
  AB06: 429,
  AB07: 409,
  AB08: 404,
} as const;

type ErrorCode = keyof typeof STATUS;

export function errorAnswer(code: ErrorCode, message: string): Answer {
  return json(STATUS[code], { success: false, data: { message, errorCode: code } });
}

export function refusal(code: ErrorCode, message: string): Refusal {
  return new Refusal(errorAnswer(code, message));
}

/** Returns an error response for any status, as an injected fault needs it. */
export function answerForStatus(status: number, message: string): Answer {
  const codes: Record<number, ErrorCode> = {
    401: 'AB05',
    403: 'AB03',
    404: 'AB08',
    409: 'AB07',
    429: 'AB06',
  };
  const code = codes[status] ?? (status >= 500 ? 'AB04' : 'AB01');
  return json(status, { success: false, data: { message, errorCode: code } });
}
