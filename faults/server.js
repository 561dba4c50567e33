// Servers that stand for those of others.
import { createServer } from "node:http";

/**
 * Calls `work` with the address of a server on the loopback interface that answers each request with `answer`. The server ends
 * after the work.
 */
export async function withServer(answer, work) {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
