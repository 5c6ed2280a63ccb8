import { WebSocket } from 'ws';

/**
 * Collects the garbage of a Node.js process, so that its memory only contains live objects.
 * @param port Port of its inspector.
 */
export async function collectGarbage(port: number): Promise<void> {
  const list = await (await fetch(`http://127.0.0.1:${port}/json/list`)).text();
  const url = /"webSocketDebuggerUrl":\s*"([^"]+)"/.exec(list)?.[1];
  if (url === undefined) throw new Error('There is no inspector.');
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"id":1,"method":"HeapProfiler.collectGarbage"}'));
    socket.on('message', () => resolve());
  });
  socket.terminate();
}
