// Channels on which the sandbox publishes its exchanges. They have a separate file so that a program under test can
// subscribe without loading the contracts.
export const EXCHANGE_CHANNEL = 'promptgate.sandbox.exchange';
export const CALLBACK_CHANNEL = 'promptgate.sandbox.callback';
