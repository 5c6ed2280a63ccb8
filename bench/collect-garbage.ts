import { WebSocket } from 'ws';

/**
 * Has a process of Node's let go of everything that it does not need: what it takes after that is what it holds.
 * @param port Where its inspector listens.
 */
export async function collectGarbage(port: number): Promise<void> {
  const list = await (await fetch(`http://127.0.0.1:${port}/json/list`)).text();
  const url = /"webSocketDebuggerUrl":\s*"([^"]+)"/.exec(list)?.[1];
  if (url === undefined) throw new Error('there is no inspector');
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"id":1,"method":"HeapProfiler.collectGarbage"}'));
    socket.on('message', () => resolve());
  });
  socket.terminate();
}
