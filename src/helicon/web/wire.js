// The wire: requests to this server, its event stream as an async iterator, and failures in words.

export class Failure extends Error {
  constructor(message, { status = 0, next = "" } = {}) {
    super(message);
    this.status = status;
    this.next = next;
  }
}

const headers = (key) => (key ? { authorization: `Bearer ${key}` } : {});

const NEXT = {
  400: "Change the question or its options and send it again.",
  401: "Enter a key above the question.",
  404: "Choose another model.",
  413: "Make the question shorter.",
  429: "Wait a moment, then send it again.",
  502: "Look at the engine behind this model, then send it again.",
  503: "The server or its engine is starting or stopping: try again in a moment.",
  504: "The engine was too slow: try again, or choose a smaller model.",
};

async function call(path, options, key) {
  let reply;
  try {
    reply = await fetch(path, { ...options, headers: { ...options.headers, ...headers(key) } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const next = "Check that it still runs (helicon serve), then send again.";
    throw new Failure("The server does not answer.", { next });
  }
  if (reply.ok) return reply;
  const body = await reply.json().catch(() => ({}));
  const wait = Number(reply.headers.get("retry-after"));
  const { status } = reply;
  const next = status === 429 && wait ? `Wait ${wait} seconds, then send it again.` : NEXT[status] ?? "Try again.";
  throw new Failure(body.error?.message ?? `The server answered with status ${status}.`, { status, next });
}

const MODES = ["auto", "instant", "thinking", "contemplating"];

/** The models of this server: a map from each name to the modes it is listed with. */
export async function listModels(key) {
  const found = new Map();
  for (const { id } of (await (await call("v1/models", {}, key)).json()).data) {
    const at = id.lastIndexOf("@");
    const mode = at > 0 && MODES.includes(id.slice(at + 1)) ? id.slice(at + 1) : "";
    const name = mode ? id.slice(0, at) : id;
    if (!found.has(name)) found.set(name, []);
    if (mode) found.get(name).push(mode);
  }
  for (const [name, modes] of found) found.set(name, MODES.filter((mode) => !modes.length || modes.includes(mode)));
  return found;
}

/** Ask, and yield the reply's chunks. Aborting the signal closes the connection: the server then stops its engine. */
export async function* ask({ model, compression, messages, key, signal }) {
  const body = JSON.stringify({
    model, messages, stream: true, stream_options: { include_usage: true }, helicon: { events: true, compression },
  });
  const options = { method: "POST", body, signal, headers: { "content-type": "application/json" } };
  const reply = await call("v1/chat/completions", options, key);
  for await (const data of lines(reply.body)) {
    if (data === "[DONE]") return;
    const chunk = JSON.parse(data);
    if (chunk.error) {
      throw new Failure(chunk.error.message, { next: "What came before this is kept. Send it again to retry." });
    }
    yield chunk;
  }
  throw new Failure("The connection broke before the answer was complete.", { next: "Send it again." });
}

/** The data fields of an event stream; characters and line ends may be split over reads. */
async function* lines(stream) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        if (error.name === "AbortError") throw error;
        return { done: true };
      });
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const parts = rest.split("\n");
      rest = parts.pop();
      for (const line of parts) if (line.startsWith("data:")) yield line.slice(5).trim();
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
