/** Requests per minute; null: any number. */
export interface RateLimits {
  readonly perAddress: number | null;
  readonly perPrincipal: number | null;
}
