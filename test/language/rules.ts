/** Wording that a reader stumbles over, with the wording to use. */
export interface Rule {
  readonly pattern: RegExp;
  readonly advice: string;
  /** Phrases that break the rule, one per alternative. The test of the rules reads them. */
  readonly breaches: readonly string[];
  /** Files in which the word has its usual meaning. */
  readonly allowedIn?: RegExp;
}

/** Builds a pattern of whole words. A space in the source also matches a line break in a sentence. */
const words = (source: string) => new RegExp(`\\b(?:${source.replaceAll(' ', ' +')})\\b`, 'gi');

/** Only patterns that are wrong wherever they occur. Ambiguous words, such as "text" or "address", are left to reviewers. */
export const RULES: readonly Rule[] = [
  {
    pattern: words('under way'),
    advice: 'Write "in progress".',
    breaches: ['the call is under way', 'calls under\n * way'],
  },
  {
    pattern: words('who(?:m|so)?ever'),
    advice: 'Name the subject, such as "a client that".',
    breaches: ['whoever sends it', 'for whomever'],
  },
  {
    pattern: words('of (?:its|their) own'),
    advice: 'Write "separate".',
    breaches: ['a process of its own', 'in folders of their own'],
  },
  {
    pattern: words('none of|is none (?:that|who|where)'),
    advice: 'Say it without "none": "does not contain any", "only", "no".',
    breaches: ['it contains none of them', 'there is none that fits'],
  },
  {
    pattern: words('at once'),
    advice: 'Write "immediately", "together" or "at the same time".',
    breaches: ['it ends at once'],
  },
  {
    pattern: words('(?:go|goes|going|gone|went) on'),
    advice: 'Write "continue".',
    breaches: ['the job goes on', 'jobs that went on'],
  },
  {
    pattern: words('mend(?:s|ed|ing)?'),
    advice: 'Write "fix", "patch" or "correct".',
    breaches: ['mends the layout', 'it is mended'],
  },
  {
    pattern: words('told'),
    advice: 'Write "reported", "notified" or "says".',
    breaches: ['the error is told'],
  },
  {
    pattern:
      /(?<!\b(?:soon|long|far|well|much|often|same) +)\bas +(?!(?:soon|long|far|well|much|often)\b)(?:\w+ +){1,3}(?:does|did|do)\b(?! +not\b)/gi,
    advice: 'Write "like".',
    breaches: ['it answers as the sandbox does', 'waits, as others do'],
  },
  {
    pattern:
      /(?<!\b(?:or|and|(?:any|every|no|some)(?:thing|one|body|where)|nowhere|what|who|little|much) +)\belse(?=[.;])/gi,
    advice: 'Begin with the condition: "otherwise ...".',
    breaches: ['As `create` else.', 'null else; see below'],
  },
  {
    pattern: /\b(?:is|are|was|were|exists?) +(?:\w+ +){0,3}no +more\b(?! +than\b)/gi,
    advice: 'Write "no longer".',
    breaches: ['the job is there no more', 'it was remembered no more'],
  },
  {
    pattern: /\bany ?more\b(?! +than\b)/gi,
    advice: 'Write "no longer".',
    breaches: ['nobody reads it any more', 'is not shown anymore'],
  },
  {
    pattern: words('(?:a|each|every|one) create(?! (?:request|operation|call|attempt|mutation))'),
    advice: 'Write "a create request".',
    breaches: ['a create is sent', 'every create counts'],
  },
  {
    pattern: words('(?:a|one|two|the|with|of) blanks?|blanks'),
    advice: 'Write "space".',
    breaches: ['Bearer, a blank, and a token', 'blanks are removed'],
  },
  {
    pattern: /(?<![,:;(] *)\bbut +for\b/gi,
    advice: 'Write "except".',
    breaches: ['nothing but for images'],
  },
  {
    pattern: words('(?:has|have|had) not (?:a|an|any|the)'),
    advice: 'Write "does not have".',
    breaches: ['it has not the marker'],
  },
  {
    pattern: words('anew'),
    advice: 'Write "again".',
    breaches: ['it is read anew'],
  },
  {
    pattern: words('lest|whence|thereof|therein|whereof|withal'),
    advice: 'Use a word of today.',
    breaches: ['lest it ends'],
  },
  {
    pattern: words('(?:is|are|was|were|be) (?:looked|waited) for'),
    advice: 'Name who searches or waits: "the gateway searches for the prompt".',
    breaches: ['the prompt is looked for', 'none was waited for'],
  },
  {
    pattern: /\bsome +(?=\d)/gi,
    advice: 'Write "about".',
    breaches: ['some 20 ms'],
  },
  {
    pattern: words('(?:an|its|no|the|this|that|each|every|whose|lost|last|first) answers?'),
    advice: 'Write "response", as in HTTP.',
    breaches: ['the answer has a body', 'a lost answer'],
  },
  {
    pattern: words('(?<!inject(?:s|ed|ing)? )faults?(?! injection)'),
    advice: 'Write "error". A fault is what a test injects into the sandbox.',
    breaches: ['the field has a fault'],
    allowedIn: /^(?:src\/sandbox|test|bench)\/|^docs\/(?:sandbox|contributing\/.*)\.md$/,
  },
];

/** Noun clauses in place of a verb or a noun at the beginning of a docstring. */
export const DOCSTRING: Rule = {
  pattern: /\/\*\*[\s*]+(?:What|Whether|How|Who|Whom|Whose|Where|When|Why|Which)\b/g,
  advice: 'Begin a docstring with a verb or a noun, such as "Returns", "Builds" or "Number of".',
  breaches: ['/** What the client sends. */', '/**\n * Whether it may.\n */', '/** When it ends. */'],
};
