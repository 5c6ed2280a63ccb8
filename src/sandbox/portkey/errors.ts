import { json, Refusal, type SandboxResponse } from '../response.js';

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

export function errorResponse(code: ErrorCode, message: string): SandboxResponse {
  return json(STATUS[code], { success: false, data: { message, errorCode: code } });
}

export function refusal(code: ErrorCode, message: string): Refusal {
  return new Refusal(errorResponse(code, message));
}

/** Returns an error response for any status, for injected faults. */
export function errorForStatus(status: number, message: string): SandboxResponse {
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
