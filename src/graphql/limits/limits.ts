/** What one operation may ask for, at most. */
export interface QueryLimits {
  /** Of the document, as graphql-js counts them. */
  readonly tokens: number;
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  /** Fields, each as often as the sizes of the lists around it make possible. */
  readonly cost: number;
}
