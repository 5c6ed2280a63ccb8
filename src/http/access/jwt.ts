/** Whose tokens are taken, and what for. */
export interface JwtOptions {
  /** Where the public keys are that they are signed for. */
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** The claim with the scopes: a list, or one text with blanks between them. */
  readonly scopeClaim: string;
}
