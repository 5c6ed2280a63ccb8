/** Permissions of a caller: read, create prompts, start and control replications. */
export const SCOPES = ['read', 'create', 'replicate'] as const;
export type Scope = (typeof SCOPES)[number];

export const isScope = (value: unknown): value is Scope => SCOPES.some((scope) => scope === value);

/** Caller of a request, as far as the gateway can identify it. */
export interface Principal {
  /**
   * Distinguishes callers that share an upstream key: the name of a token, or the issuer and subject of a JWT. Null for a
   * caller that is identified by its key alone.
   */
  readonly id: string | null;
  readonly scopes: ReadonlySet<Scope>;
  /** Returns true while the caller would still be accepted. A stream can outlive its token. */
  isCurrent(): boolean;
}

/** Caller with the upstream keys: its own, or those of a gateway that is open to every client. */
export const KEY_HOLDER: Principal = { id: null, scopes: new Set(SCOPES), isCurrent: () => true };
