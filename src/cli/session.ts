import { type Environment, type GatewayClient, openClient } from './gateway-client.js';
import { info, type Terminal } from './terminal.js';

/** Service that runs until it is closed. */
export interface Service {
  close(): Promise<void>;
}

/** Environment, streams and lifecycle hooks that the process provides to its commands. */
export interface CliContext {
  readonly env: Environment;
  readonly terminal: Terminal;
  /** Registers a service that a command started, so that the process closes it when it stops. */
  readonly register: (service: Service) => void;
  /** Runs a command, and ends the process with the exit status that it returns. Ctrl-C aborts the signal. */
  readonly run: (command: (interrupted: AbortSignal) => Promise<number>) => Promise<void>;
}

/** Context of a command that uses a gateway. */
export interface Session {
  readonly client: GatewayClient;
  readonly terminal: Terminal;
  readonly interrupted: AbortSignal;
}

/** Runs a command against the gateway from `--gateway`, or against one in this process. */
export function withGateway(
  { env, terminal, run }: CliContext,
  gatewayUrl: string | undefined,
  command: (session: Session) => Promise<number>,
): Promise<void> {
  return run(async (interrupted) => {
    const client = await openClient(gatewayUrl, env);
    if (client.isSandbox)
      info(terminal, 'This command uses an in-process sandbox. Its data is lost when the command ends.');
    try {
      return await command({ client, terminal, interrupted });
    } finally {
      await client.close();
    }
  });
}
