// The unmodified openai package for JavaScript, against the server named on the command line.
// Prints one JSON object with what it saw; tests/server/test_sdk_javascript.py judges it.
import OpenAI from "openai";

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: "user", content: "What is 17 + 25?" }];
const seen = {};

const whole = await client.chat.completions.create({ model: "scripted@thinking", messages });
seen.whole = {
  content: whole.choices[0].message.content,
  thinking: whole.choices[0].message.reasoning_content,
  reasoning_tokens: whole.usage.completion_tokens_details.reasoning_tokens,
  mode: whole.helicon.mode,
};

seen.streamed = { content: "", thinking: "", usage: null, finish: null };
const stream = await client.chat.completions.create({
  model: "scripted@contemplating", messages, stream: true,
  stream_options: { include_usage: true }, helicon: { agents: 3 },
});
for await (const chunk of stream) {
  const choice = chunk.choices[0];
  seen.streamed.content += choice?.delta.content ?? "";
  seen.streamed.thinking += choice?.delta.reasoning_content ?? "";
  seen.streamed.finish = choice?.finish_reason ?? seen.streamed.finish;
  seen.streamed.usage = chunk.usage ?? seen.streamed.usage;
}

const runner = client.chat.completions.stream({
  model: "scripted@instant", messages, tools: [{ type: "function", function: { name: "weather", parameters: {} } }],
});
seen.tool = (await runner.finalChatCompletion()).choices[0].message.tool_calls[0];

seen.models = [];
for await (const model of client.models.list()) seen.models.push(model.id);

const fails = async (name, work) => {
  try {
    await work();
    seen[name] = null;
  } catch (error) {
    seen[name] = { kind: error.constructor.name, status: error.status ?? null, code: error.code ?? null };
  }
};
await fails("unknown", () => client.chat.completions.create({ model: "none", messages }));
await fails("wrong", () => client.chat.completions.create({ model: "scripted", messages, temperature: 9 }));
await fails("key", () => new OpenAI({ baseURL, apiKey: "wrong", maxRetries: 0 }).models.list());
await fails("death", async () => {
  const dying = [{ role: "user", content: "die" }];
  for await (const _ of await client.chat.completions.create({ model: "scripted@thinking", messages: dying, stream: true }));
});

const left = await client.chat.completions.create({
  model: "scripted@thinking", messages: [{ role: "user", content: "long" }], stream: true,
});
let count = 0;
for await (const _ of left) if (++count === 5) break; // leaving the loop aborts the request
seen.left = count;
console.log(JSON.stringify(seen));
