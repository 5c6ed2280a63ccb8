import { type Environment, type GatewayClient, openClient } from './gateway-client.js';
import { say, type Terminal } from './terminal.js';

/** A service that goes on until it is closed. */
export interface Service {
  close(): Promise<void>;
}

/** What a command gets from the process that it runs in. */
export interface Host {
  readonly env: Environment;
  readonly terminal: Terminal;
  /** Takes over a service that a command has started. */
  readonly keep: (service: Service) => void;
  /** Runs a command that ends by itself, with the exit status that it gives. The signal is aborted by Ctrl-C. */
  readonly conduct: (command: (interrupted: AbortSignal) => Promise<number>) => Promise<void>;
}

/** A command at work on a gateway. */
export interface Session {
  readonly client: GatewayClient;
  readonly terminal: Terminal;
  readonly interrupted: AbortSignal;
}

/** Runs a command against the gateway at `--gateway`, or against one in this process. */
export function withGateway(
  { env, terminal, conduct }: Host,
  gatewayUrl: string | undefined,
  command: (session: Session) => Promise<number>,
): Promise<void> {
  return conduct(async (interrupted) => {
    const client = await openClient(gatewayUrl, env);
    if (client.isSandbox)
      say(terminal, 'This command uses an in-process sandbox. Its data is lost when the command ends.');
    try {
      return await command({ client, terminal, interrupted });
    } finally {
      await client.close();
    }
  });
}
