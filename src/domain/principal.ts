/** What a caller may do: read, create prompts, start and steer replications. */
export const SCOPES = ['read', 'create', 'replicate'] as const;
export type Scope = (typeof SCOPES)[number];

export const isScope = (value: unknown): value is Scope => SCOPES.some((scope) => scope === value);

/** Who sends a request, as far as the gateway can tell. */
export interface Principal {
  /**
   * What tells it from others who use the same upstream key: the name of a token, the issuer and subject of a JWT. Null for
   * one who is known by the key alone.
   */
  readonly id: string | null;
  readonly scopes: ReadonlySet<Scope>;
  /** Whether it would still be let in: a stream goes on for longer than a token may be good for. */
  isCurrent(): boolean;
}

/** Whoever has the upstream keys: its own, or those of a gateway that anybody may use who reaches it. */
export const KEY_HOLDER: Principal = { id: null, scopes: new Set(SCOPES), isCurrent: () => true };
