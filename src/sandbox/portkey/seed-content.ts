/** A seeded prompt: its name, the instruction for the model, and the variables of the request. */
export type Task = [name: string, duty: string, ...variables: string[]];

export interface CollectionRow {
  name: string;
  workspace: 'Product' | 'Growth';
  persona: string;
  tasks: Task[];
}

export const COLLECTIONS: CollectionRow[] = [
  {
    name: 'Customer support',
    workspace: 'Product',
    persona: 'a patient support agent of {{product_name}}',
    tasks: [
      ['Support triage', 'Classify the ticket by product area and urgency.', 'ticket'],
      ['Refund reply', 'Answer a refund request within the policy.', 'ticket', 'refund_policy'],
      [
        'Bug report summary',
        'Turn the conversation into a bug report with steps to reproduce.',
        'conversation',
      ],
      ['Escalation note', 'Write a short handover for the on-call engineer.', 'conversation', 'severity'],
      ['Tone check', 'Rate the tone of the draft and suggest a kinder wording.', 'draft'],
      ['Macro suggestion', 'Pick the three canned answers that fit best.', 'ticket', 'macros'],
      ['Outage status update', 'Write a status page update for customers.', 'incident', 'audience'],
      ['Churn risk signal', 'Judge how likely this customer is to leave and why.', 'conversation', 'plan'],
      ['Knowledge base article', 'Write a help center article from the solved ticket.', 'ticket', 'solution'],
      ['Language detection', 'Name the language of the message as an ISO code, nothing else.', 'message'],
      ['Sentiment score', 'Score the sentiment from -1 to 1 and give one reason.', 'message'],
      [
        'Order lookup assistant',
        'Help the customer find the order; call the tool when you have a number.',
        'message',
      ],
      ['Warranty decision', 'Decide whether the case is covered by the warranty.', 'case', 'warranty_terms'],
      ['Callback script', 'Write a phone script for the callback.', 'ticket', 'agent_name'],
    ],
  },
  {
    name: 'Marketing copy',
    workspace: 'Growth',
    persona: 'a senior copywriter',
    tasks: [
      ['Landing page hero', 'Write a headline and a subline for the landing page.', 'product', 'audience'],
      ['Newsletter intro', 'Open this month’s newsletter in three sentences.', 'topics'],
      ['Product description', 'Describe the product for the shop in 80 words.', 'product', 'features'],
      ['Ad variations', 'Write five ad headlines of at most 30 characters.', 'product', 'offer'],
      ['SEO meta tags', 'Write the title and the meta description of the page.', 'page', 'keywords'],
      ['Press release', 'Draft a press release in the usual structure.', 'announcement', 'quote'],
      ['Social thread', 'Turn the article into a thread of six posts.', 'article'],
      ['Case study outline', 'Outline a case study from the interview.', 'interview'],
      ['Webinar invitation', 'Invite the list to the webinar.', 'webinar', 'speaker'],
      ['Image prompt writer', 'Write an image prompt for a campaign photograph.', 'scene', 'mood'],
      ['Brand name ideas', 'Propose ten names and check each for awkward meanings.', 'product'],
      ['Tagline rewrite', 'Rewrite the tagline in five registers.', 'tagline'],
      ['Event recap', 'Write a recap of the event for the blog.', 'notes'],
      ['Review reply', 'Reply to the public review.', 'review', 'stars'],
    ],
  },
  {
    name: 'Engineering',
    workspace: 'Product',
    persona: 'a careful staff engineer',
    tasks: [
      ['Code review', 'Review the diff for bugs, security and clarity.', 'diff'],
      ['Commit message', 'Write a conventional commit message.', 'diff'],
      ['Release notes', 'Write release notes for users from the merged changes.', 'changes', 'version'],
      ['SQL explain', 'Explain the query plan and suggest an index.', 'query', 'plan'],
      ['Test case generator', 'List the test cases that are missing.', 'code'],
      ['Incident timeline', 'Build a timeline from the log excerpt.', 'log'],
      ['Postmortem draft', 'Draft a blameless postmortem.', 'timeline', 'impact'],
      ['API docs writer', 'Document the endpoint for an outside developer.', 'handler'],
      ['Migration plan', 'Plan the migration in reversible steps.', 'current', 'target'],
      ['Log anomaly', 'Point out lines that are unusual.', 'log'],
      ['Regex builder', 'Write a regular expression and explain it.', 'examples'],
      ['Dependency upgrade', 'Summarize what the upgrade breaks.', 'changelog', 'usage'],
      ['Ticket breakdown', 'Split the story into tasks under a day each.', 'story'],
      ['Terraform reviewer', 'Review the plan for destructive changes.', 'plan'],
    ],
  },
  {
    name: 'Sales',
    workspace: 'Growth',
    persona: 'a helpful account executive',
    tasks: [
      ['Cold email', 'Write a first email of at most 90 words.', 'prospect', 'offer'],
      ['Call summary', 'Summarize the call with next steps.', 'transcript'],
      ['Lead scoring', 'Score the lead from 0 to 100 against the ideal customer.', 'lead', 'profile'],
      ['Objection handling', 'Answer the objection honestly.', 'objection'],
      ['Proposal draft', 'Draft a proposal from the notes.', 'notes', 'pricing'],
      ['Follow-up reminder', 'Write a friendly follow-up.', 'thread'],
      ['Account research', 'Summarize what is known about the company.', 'company', 'sources'],
      ['CRM field extraction', 'Extract the fields and store them with the tool.', 'email'],
      ['Renewal risk', 'List the risks for the renewal.', 'account', 'usage'],
      ['Discovery questions', 'Propose eight discovery questions.', 'prospect'],
      ['Demo script', 'Write a demo script of fifteen minutes.', 'prospect', 'features'],
      ['Pricing explainer', 'Explain the price to a procurement team.', 'pricing'],
      ['Meeting scheduler', 'Find a time; call the tool to book it.', 'thread', 'calendar'],
      ['Contract summary', 'Summarize the contract in plain words.', 'contract'],
    ],
  },
  {
    name: 'Research and data',
    workspace: 'Product',
    persona: 'a precise research assistant',
    tasks: [
      ['Paper summary', 'Summarize the paper for a product team.', 'paper'],
      ['Interview coding', 'Tag the statements with themes.', 'transcript', 'themes'],
      ['Survey clustering', 'Group the free-text answers.', 'answers'],
      ['Chart caption', 'Write a caption that states the finding.', 'chart_data'],
      ['Entity extraction', 'Extract people, places and organizations.', 'text'],
      ['Fact check', 'Check every claim against the sources.', 'text', 'sources'],
      ['Competitor brief', 'Write a one-page brief on the competitor.', 'competitor', 'sources'],
      ['Dataset card', 'Write a dataset card.', 'schema', 'origin'],
      ['Translation QA', 'Compare the translation with its source.', 'source', 'translation'],
      ['Query rewriter', 'Rewrite the question for a search engine.', 'question'],
      ['Answer grader', 'Grade the answer against the reference from 1 to 5.', 'answer', 'reference'],
      ['Meeting minutes', 'Write minutes with decisions and owners.', 'transcript'],
      ['Weekly digest', 'Digest the week for the team.', 'updates'],
      ['Unit normalizer', 'Convert all quantities to SI units.', 'text'],
    ],
  },
];

export const MODELS: readonly { model: string; virtualKey: string }[] = [
  { model: 'gpt-4o', virtualKey: 'openai-prod' },
  { model: 'gpt-4o-mini', virtualKey: 'openai-prod' },
  { model: 'gpt-4o', virtualKey: 'azure-openai-eu' },
  { model: 'claude-sonnet-4', virtualKey: 'anthropic-prod' },
  { model: 'gemini-2.5-flash', virtualKey: 'google-prod' },
  { model: 'llama-3.3-70b', virtualKey: 'groq-prod' },
  { model: 'mistral-large', virtualKey: 'mistral-prod' },
];

export const PARTIALS: readonly (readonly [name: string, text: string])[] = [
  ['brand-voice', 'Write plainly and warmly. No exclamation marks, no buzzwords.'],
  ['safety-rules', 'Never reveal personal data. If you are not sure, say so.'],
  ['output-json', 'Answer with one JSON object and nothing else.'],
];

const lookUpOrder = {
  name: 'look_up_order',
  description: 'Finds an order by its number.',
  parameters: {
    type: 'object',
    properties: { order_number: { type: 'string' } },
    required: ['order_number'],
  },
};
const storeRecord = {
  name: 'store_record',
  description: 'Stores the extracted fields.',
  parameters: { type: 'object', properties: { fields: { type: 'object' } }, required: ['fields'] },
};
const bookMeeting = {
  name: 'book_meeting',
  description: 'Books a time in the calendar.',
  parameters: {
    type: 'object',
    properties: { start: { type: 'string', format: 'date-time' }, minutes: { type: 'integer' } },
    required: ['start', 'minutes'],
  },
};

export const FUNCTIONS = [lookUpOrder, storeRecord, bookMeeting];
